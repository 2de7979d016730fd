"""What Kuaidi100 calls the states of a parcel.

Basic codes and the finer ones of `resultv2=4`, as its documentation lists them (快递单当前状态).
"""

from app.core.enums.shipping import ShipmentState

S = ShipmentState

STATES: dict[str, ShipmentState | None] = {
    # 在途: under way, in the city it goes to, on a trunk road, sent on.
    **dict.fromkeys(("0", "1001", "1002", "1003"), S.IN_TRANSIT),
    # 揽收: collected. A waybill without a parcel (101, 102) says nothing.
    **dict.fromkeys(("1", "103"), S.IN_TRANSIT),
    **dict.fromkeys(("101", "102"), None),
    # 疑难: in trouble; people look at it. 203 is a receiver who will not have it.
    **dict.fromkeys(("2", "201", "202", "204", "205", "206", "207", "208", "209", "210"), None),
    "203": S.REFUSED,
    # 签收: taken by the receiver, by somebody else, out of a locker.
    **dict.fromkeys(("3", "301", "302", "303", "304"), S.DELIVERED),
    # 退签: back at its sender's. In the warehouse it is when somebody took it in there.
    "4": S.RETURNING,
    "401": None,  # the waybill was cancelled
    "5": S.OUT_FOR_DELIVERY,
    "501": S.AWAITING_PICKUP,  # in a locker or a shop
    "6": S.RETURNING,
    "7": S.IN_TRANSIT,  # handed to another carrier
    **dict.fromkeys(("8", "10", "11", "12"), S.IN_TRANSIT),  # customs
    "13": None,  # customs object
    "14": S.REFUSED,
}

# What entries without a code say in words.
NAMES: dict[str, ShipmentState | None] = {
    "在途": S.IN_TRANSIT,
    "到达派件城市": S.IN_TRANSIT,
    "干线": S.IN_TRANSIT,
    "转递": S.IN_TRANSIT,
    "揽收": S.IN_TRANSIT,
    "已揽收": S.IN_TRANSIT,
    "派件": S.OUT_FOR_DELIVERY,
    "投柜或驿站": S.AWAITING_PICKUP,
    "签收": S.DELIVERED,
    "本人签收": S.DELIVERED,
    "派件异常后签收": S.DELIVERED,
    "代签": S.DELIVERED,
    "投柜或站签收": S.DELIVERED,
    "退回": S.RETURNING,
    "退签": S.RETURNING,
    "拒收": S.REFUSED,
    "拒签": S.REFUSED,
    "转投": S.IN_TRANSIT,
    "清关": S.IN_TRANSIT,
}


def state_of(code: str | None, name: str | None) -> ShipmentState | None:
    """What an entry says; None for what moves nothing, as for what nobody knows yet."""
    if code:
        return STATES.get(code)
    return NAMES.get(name or "")
