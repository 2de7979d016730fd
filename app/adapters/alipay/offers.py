"""How each scene asks for money at Alipay."""

from app.adapters.alipay import wire
from app.core.enums.payments import FeeBearer, Scene
from app.core.gateway_settings import AlipayAccount
from app.services.payments.engine.instalments import InstalmentSkills
from app.services.payments.ports import CreatePayment, GatewayRefused

# The product of QR codes depends on the contract.
METHODS = {
    Scene.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    Scene.WAP: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    Scene.APP: ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
    Scene.MINI_PROGRAM: ("alipay.trade.create", "JSAPI_PAY"),
    Scene.JSAPI: ("alipay.trade.create", "JSAPI_PAY"),
    Scene.QR: ("alipay.trade.precreate", ""),
}
INSTALMENTS = InstalmentSkills(counts=frozenset({3, 6, 12}), currencies=frozenset({wire.CURRENCY}))
"""Huabei (花呗分期)."""
_FORBIDDEN = str.maketrans("", "", "/=&")
_SUBJECT = 256


def biz_content(account: AlipayAccount, request: CreatePayment) -> dict[str, object]:
    """The `biz_content` of a payment; raises `GatewayRefused` for what Alipay cannot do.

    `time_expire` is absolute, so a page that was opened late does not give more time.
    """
    if request.currency != wire.CURRENCY or request.amount_minor <= 0:
        raise GatewayRefused("Only positive amounts in yuan", currency=request.currency)
    content: dict[str, object] = {
        "out_trade_no": request.out_trade_no,
        "total_amount": wire.yuan(request.amount_minor),
        "subject": request.subject.translate(_FORBIDDEN)[:_SUBJECT] or request.out_trade_no,
        "product_code": METHODS[request.scene][1] or account.qr_product,
        "time_expire": wire.beijing(request.expires_at),
    }
    if request.scene is Scene.WAP and request.return_url:
        content["quit_url"] = request.return_url  # where a payer who gives up goes
    if request.scene in {Scene.MINI_PROGRAM, Scene.JSAPI}:
        content |= _payer(account, request.payer_id)
    if request.instalments is not None:
        content["extend_params"] = _huabei(request.instalments, request.fee_bearer)
    return content


def _payer(account: AlipayAccount, payer_id: str | None) -> dict[str, object]:
    """Older payers are known by a number that begins with 2088, newer ones by an openid."""
    if not payer_id:
        raise GatewayRefused("Who pays must be known")
    is_number = payer_id.startswith("2088") and payer_id.isdigit()
    payer = {"buyer_id" if is_number else "buyer_open_id": payer_id}
    return {**payer, "op_app_id": account.app_id}


def _huabei(count: int, fee_bearer: FeeBearer | None) -> dict[str, str]:
    if count not in INSTALMENTS.counts:
        raise GatewayRefused("Huabei has no such plan", instalments=sorted(INSTALMENTS.counts))
    share = "100" if fee_bearer is FeeBearer.SELLER else "0"
    return {"hb_fq_num": str(count), "hb_fq_seller_percent": share}
