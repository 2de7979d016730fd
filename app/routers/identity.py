"""Who calls: members and guests, staff, merchants' systems."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from app.core.actor import Actor, Audience, Unauthenticated, WrongAudience
from app.core.enums.scopes import Scope
from app.core.security import secrets, tokens
from app.core.security.keyring import Keyring
from app.core.security.passwords import passwords
from app.routers.deps import ResourcesDep
from app.services import merchants, system

REFUSED = "Send a valid bearer token"
READS = frozenset({"GET", "HEAD", "OPTIONS"})

_MEMBER = HTTPBearer(
    scheme_name="MemberToken", description="Access token of a member or a guest.", auto_error=False
)
_STAFF = HTTPBearer(
    scheme_name="StaffToken", description="Access token of somebody on the staff.", auto_error=False
)
_KEY = HTTPBearer(
    scheme_name="ApiKey", description="A merchant's API key, `sk_live_…`.", auto_error=False
)
_MemberToken = Annotated[HTTPAuthorizationCredentials | None, Security(_MEMBER)]
_StaffToken = Annotated[HTTPAuthorizationCredentials | None, Security(_STAFF)]
_ApiKey = Annotated[HTTPAuthorizationCredentials | None, Security(_KEY)]


async def get_keyring(resources: ResourcesDep) -> Keyring:
    return Keyring.of(resources.settings)


async def get_device(request: Request) -> system.Device:
    """The peer as the server resolved it: forwarded headers count only from trusted proxies."""
    ip = request.client.host if request.client else None
    return system.Device(ip, request.headers.get("user-agent"))


async def get_gate(resources: ResourcesDep) -> system.Gate:
    http = resources.settings.http
    return system.Gate(
        resources.sessions,
        Keyring.of(resources.settings),
        passwords(http.hash_slots),
        is_limited=http.rate_limits_enabled,
    )


KeyringDep = Annotated[Keyring, Depends(get_keyring)]
GateDep = Annotated[system.Gate, Depends(get_gate)]
"""What signing in needs."""

DeviceDep = Annotated[system.Device, Depends(get_device)]


async def get_member(request: Request, resources: ResourcesDep, sent: _MemberToken) -> Actor:
    """A member or a guest."""
    return await _actor(request, resources, sent, Audience.STOREFRONT)


async def get_signed_in(actor: Annotated[Actor, Depends(get_member)]) -> Actor:
    """A member; guests are asked to sign in."""
    if actor.is_guest:
        raise Unauthenticated("Sign in first")
    return actor


async def get_guest(request: Request, resources: ResourcesDep, sent: _MemberToken) -> Actor | None:
    """The guest who is about to sign in, if any; a stale token is no reason to refuse."""
    try:
        actor = await _actor(request, resources, sent, Audience.STOREFRONT)
    except (Unauthenticated, WrongAudience):
        return None
    return actor if actor.is_guest else None


async def get_shopper(
    request: Request, resources: ResourcesDep, sent: _MemberToken
) -> Actor | None:
    """The member who looks around, if one has signed in; a stale token is no reason to refuse."""
    if sent is None:
        return None
    try:
        actor = await _actor(request, resources, sent, Audience.STOREFRONT)
    except (Unauthenticated, WrongAudience):
        return None
    return None if actor.is_guest else actor


async def get_staff(
    request: Request, needed: SecurityScopes, resources: ResourcesDep, sent: _StaffToken
) -> Actor:
    """Somebody on the staff who holds every scope the endpoint declares."""
    actor = await _actor(request, resources, sent, Audience.ADMIN)
    actor.require(*map(Scope, needed.scopes))
    return actor


async def get_merchant(
    request: Request,
    needed: SecurityScopes,
    resources: ResourcesDep,
    keyring: KeyringDep,
    device: DeviceDep,
    sent: _ApiKey,
) -> Actor:
    """A merchant's system whose key holds every scope the endpoint declares."""
    for value in request.query_params.values():
        if value.startswith(secrets.API_KEY_PREFIX):
            await merchants.report_exposed(resources.sessions, value)
            raise Unauthenticated("Send the key in the Authorization header, never in the address")
    if sent is None:
        raise Unauthenticated(REFUSED)
    if not sent.credentials.startswith(secrets.API_KEY_PREFIX):
        tokens.read(keyring.tokens, sent.credentials)
        raise WrongAudience("Send an API key")
    actor = await merchants.authenticate(
        resources.sessions,
        keyring,
        sent.credentials,
        ip=device.ip,
        may_remember=request.method in READS,
    )
    _name_in_log(request, actor)
    actor.require(*map(Scope, needed.scopes))
    return actor


MemberDep = Annotated[Actor, Depends(get_member)]
ShopperDep = Annotated[Actor | None, Depends(get_shopper)]
SignedInDep = Annotated[Actor, Depends(get_signed_in)]
GuestDep = Annotated[Actor | None, Depends(get_guest)]
StaffDep = Annotated[Actor, Security(get_staff)]
KeyDep = Annotated[Actor, Security(get_merchant)]


async def _actor(
    request: Request,
    resources: ResourcesDep,
    sent: HTTPAuthorizationCredentials | None,
    audience: Audience,
) -> Actor:
    """The verified caller. The audience is compared before anything is looked up."""
    if sent is None:
        raise Unauthenticated(REFUSED)
    claims = tokens.read(resources.settings.tokens, sent.credentials)
    if claims.audience is not audience:
        raise WrongAudience(f"The token is for the audience {claims.audience}")
    found = await system.standing_of(
        resources.shared, resources.readers, claims, may_remember=request.method in READS
    )
    if not found.is_live:
        raise Unauthenticated(REFUSED)
    actor = Actor(
        audience,
        claims.subject_id,
        claims.session_id,
        scopes=found.scopes,
        is_guest=claims.is_guest,
    )
    _name_in_log(request, actor)
    return actor


def _name_in_log(request: Request, actor: Actor) -> None:
    request.scope["state"]["principal"] = actor.principal


__all__ = [
    "DeviceDep",
    "GateDep",
    "GuestDep",
    "KeyDep",
    "KeyringDep",
    "MemberDep",
    "ShopperDep",
    "SignedInDep",
    "StaffDep",
    "get_merchant",
    "get_staff",
]
