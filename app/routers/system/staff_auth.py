"""How staff sign in and out."""

from http import HTTPStatus

from fastapi import Depends

from app.core.actor import Audience
from app.core.security.passwords import PasswordRefused, TooBusy, acceptable
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.identity import DeviceDep, GateDep, KeyringDep, StaffDep
from app.routers.limits import Limited
from app.routers.problems import problems
from app.schemas.system.staff import MyselfOut, StaffLoginIn, StaffOut
from app.schemas.tokens import ChangePasswordIn, RefreshIn, TokensOut
from app.services import system

router = Router(prefix="/auth", tags=["auth"])

SIGN_IN = Depends(Limited("staff-sign-in", 30, 600))
REFRESH = Depends(Limited("refresh", 120, 60))


@router.post(
    "/login",
    dependencies=[SIGN_IN],
    responses=problems(system.LoginRefused, system.TooManyRequests, TooBusy),
)
async def staff_login(body: StaffLoginIn, gate: GateDep, device: DeviceDep) -> TokensOut:
    """Sign in. Unknown, wrong and disabled are answered alike."""
    tokens = await system.sign_in_staff(
        gate, email=body.email, password=body.password, device=device
    )
    return TokensOut.model_validate(tokens)


@router.post(
    "/refresh",
    dependencies=[REFRESH],
    responses=problems(system.RefreshReuse, system.TooManyRequests),
)
async def staff_refresh(body: RefreshIn, resources: ResourcesDep, keyring: KeyringDep) -> TokensOut:
    """Trade a refresh token for new tokens; a second use after ten seconds ends the session."""
    tokens = await system.refresh(
        resources.sessions, keyring, body.refresh_token, audience=Audience.ADMIN
    )
    return TokensOut.model_validate(tokens)


@router.post("/logout", status_code=HTTPStatus.NO_CONTENT)
async def staff_logout(actor: StaffDep, session: SessionDep) -> None:
    """End this session; its access and refresh tokens stop working."""
    await system.revoke_session(session, actor, "signed out")


@router.post(
    "/password",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[SIGN_IN],
    responses=problems(PasswordRefused, system.WrongPassword, system.TooManyRequests, TooBusy),
)
async def change_own_password(
    body: ChangePasswordIn, actor: StaffDep, gate: GateDep, device: DeviceDep, session: SessionDep
) -> None:
    """Change your password. Every other session of yours ends."""
    acceptable(body.password)
    await system.confirm_staff_password(gate, actor, body.current_password, device)
    password_hash = await gate.passwords.hash(body.password)
    await system.change_staff_password(session, actor, password_hash=password_hash)


@router.get("/me")
async def get_myself(actor: StaffDep, session: ReaderDep) -> MyselfOut:
    """Who you are and what you may do."""
    view = await system.get_staff_member(session, actor.id)
    seen = StaffOut.model_validate(view)
    return MyselfOut(**seen.model_dump(), scopes=sorted(actor.scopes))
