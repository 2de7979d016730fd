"""How shoppers sign up, sign in and stay signed in."""

from http import HTTPStatus
from uuid import UUID

from fastapi import BackgroundTasks, Depends, Response

from app.core.actor import Actor, Audience
from app.core.contacts import InvalidContact
from app.core.errors import AlreadyExists
from app.core.security.passwords import PasswordRefused, TooBusy
from app.core.settings import Environment
from app.routers.declared import Router
from app.routers.deps import ResourcesDep, SessionDep
from app.routers.identity import (
    DeviceDep,
    GateDep,
    GuestDep,
    KeyringDep,
    MemberDep,
    SignedInDep,
)
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.members import (
    CodeLoginIn,
    LoginIn,
    RegisterIn,
    RequestCodeIn,
    ResetPasswordIn,
)
from app.schemas.tokens import ChangePasswordIn, RefreshIn, TokensOut
from app.services import cart, members, system

router = Router(prefix="/auth", tags=["auth"])

REGISTER = Depends(Limited("register", 60, 600))
SIGN_IN = Depends(Limited("sign-in", 60, 600))
CODES = Depends(Limited("codes", 30, 3_600))
REFRESH = Depends(Limited("refresh", 120, 60))


@router.post(
    "/register",
    status_code=HTTPStatus.CREATED,
    dependencies=[REGISTER],
    responses=problems(
        AlreadyExists,
        InvalidContact,
        PasswordRefused,
        members.CodeRequired,
        members.OtpInvalid,
        system.TooManyRequests,
        TooBusy,
    ),
)
async def register(
    body: RegisterIn,
    resources: ResourcesDep,
    gate: GateDep,
    device: DeviceDep,
    guest: GuestDep,
    session: SessionDep,
) -> TokensOut:
    """Become a member. Send a guest's token along and the guest's cart comes with you.

    In production the address is proved first, by a `code` of purpose `register`, so that nobody
    learns here who has an account.
    """
    member_id = await members.register(
        session,
        gate,
        body.contact(),
        password=body.password,
        code=body.code,
        needs_code=resources.settings.environment is Environment.PRODUCTION,
    )
    tokens = await members.open_member_session(session, gate.keyring, member_id, device=device)
    await _bring_cart(session, resources, guest, member_id)
    return TokensOut.model_validate(tokens)


@router.post(
    "/login",
    dependencies=[SIGN_IN],
    responses=problems(
        system.LoginRefused,
        members.MemberFrozen,
        system.TooManyRequests,
        TooBusy,
    ),
)
async def login(
    body: LoginIn,
    resources: ResourcesDep,
    gate: GateDep,
    device: DeviceDep,
    guest: GuestDep,
    session: SessionDep,
) -> TokensOut:
    """Sign in with a password. Send a guest's token along and the guest's cart comes with you.

    An unknown login and a wrong password are answered alike.
    """
    member_id = await members.check_password(
        gate, login=body.login, password=body.password, device=device
    )
    tokens = await members.open_member_session(session, gate.keyring, member_id, device=device)
    await _bring_cart(session, resources, guest, member_id)
    return TokensOut.model_validate(tokens)


@router.post(
    "/codes",
    status_code=HTTPStatus.ACCEPTED,
    response_class=Response,
    dependencies=[CODES],
    responses=problems(InvalidContact, system.TooManyRequests),
)
async def request_code(
    body: RequestCodeIn, gate: GateDep, resources: ResourcesDep, background: BackgroundTasks
) -> None:
    """Have a six-digit code sent; it is good for five minutes, five tries and one purpose.

    The answer is the same whether or not the address is registered.
    """
    message = await members.request_code(gate, body.contact(), body.purpose)
    if message is not None:
        background.add_task(_send, resources, message)


@router.post(
    "/login/code",
    dependencies=[SIGN_IN],
    responses=problems(
        InvalidContact, members.OtpInvalid, members.MemberFrozen, system.TooManyRequests
    ),
)
async def login_by_code(
    body: CodeLoginIn,
    resources: ResourcesDep,
    gate: GateDep,
    device: DeviceDep,
    guest: GuestDep,
    session: SessionDep,
) -> TokensOut:
    """Sign in with a code of purpose `login`. Who is new here is registered."""
    member_id = await members.sign_in_by_code(session, gate, body.contact(), body.code)
    tokens = await members.open_member_session(session, gate.keyring, member_id, device=device)
    await _bring_cart(session, resources, guest, member_id)
    return TokensOut.model_validate(tokens)


@router.post(
    "/refresh",
    dependencies=[REFRESH],
    responses=problems(system.RefreshReuse, system.TooManyRequests),
)
async def refresh(body: RefreshIn, resources: ResourcesDep, keyring: KeyringDep) -> TokensOut:
    """Trade a refresh token for new tokens.

    A token is good once. For ten seconds the same token returns the same successor, for a second
    tab or a lost answer; any later use ends the session.
    """
    try:
        tokens = await system.refresh(
            resources.sessions, keyring, body.refresh_token, audience=Audience.STOREFRONT
        )
    except system.RefreshReuse as reuse:
        warning = await members.reuse_warning(resources.sessions, reuse.subject_id)
        if warning is not None:
            await _send(resources, warning)
        raise
    return TokensOut.model_validate(tokens)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def logout(actor: MemberDep, session: SessionDep) -> None:
    """End this session; its access and refresh tokens stop working."""
    await system.revoke_session(session, actor, "signed out")


@router.post(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[SIGN_IN],
    responses=problems(PasswordRefused, system.WrongPassword, system.TooManyRequests, TooBusy),
)
async def change_password(
    body: ChangePasswordIn,
    actor: SignedInDep,
    gate: GateDep,
    device: DeviceDep,
    session: SessionDep,
) -> None:
    """Change the password. Every other session of yours ends."""
    await members.change_password(
        session,
        gate,
        actor,
        current=body.current_password,
        password=body.password,
        device=device,
    )


@router.post(
    "/password/reset",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[SIGN_IN],
    responses=problems(
        InvalidContact, PasswordRefused, members.OtpInvalid, system.TooManyRequests, TooBusy
    ),
)
async def reset_password(body: ResetPasswordIn, gate: GateDep, session: SessionDep) -> None:
    """Set a password with a code of purpose `reset_password`. All your sessions end."""
    await members.reset_password(
        session, gate, body.contact(), code=body.code, password=body.password
    )


async def _send(resources: ResourcesDep, message: members.Message) -> None:
    await resources.messages.send(
        destination=message.destination, kind=message.kind, text=message.text
    )


async def _bring_cart(
    session: SessionDep, resources: ResourcesDep, guest: Actor | None, member_id: UUID
) -> None:
    """Somebody who was a guest until now keeps the cart; the guest's session ends."""
    if guest is not None:
        limits = resources.settings.checkout
        await cart.merge(session, guest_id=guest.id, member_id=member_id, limits=limits)
        await system.revoke_session(session, guest, "signed in as a member")
