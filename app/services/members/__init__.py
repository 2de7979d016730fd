"""Members: shoppers and guests, how they sign in, their addresses."""

from app.services.members.addresses import (
    add_address,
    delete_address,
    edit_address,
    get_address,
    list_addresses,
)
from app.services.members.adopt import Adopted, adopt
from app.services.members.codes import request_code
from app.services.members.errors import CodeRequired, MemberFrozen, OtpInvalid, TooManyAddresses
from app.services.members.events import MemberRegistered
from app.services.members.messages import Message, reuse_warning
from app.services.members.password import change_password, reset_password
from app.services.members.profile import (
    EditProfile,
    edit_profile,
    get_member,
    list_members,
    set_status,
    set_tier,
)
from app.services.members.register import add_buyer, add_member, open_guest, register
from app.services.members.sign_in import check_password, open_member_session, sign_in_by_code
from app.services.members.sweep import sweep_codes

__all__ = [
    "Adopted",
    "CodeRequired",
    "EditProfile",
    "MemberFrozen",
    "MemberRegistered",
    "Message",
    "OtpInvalid",
    "TooManyAddresses",
    "add_address",
    "add_buyer",
    "add_member",
    "adopt",
    "change_password",
    "check_password",
    "delete_address",
    "edit_address",
    "edit_profile",
    "get_address",
    "get_member",
    "list_addresses",
    "list_members",
    "open_guest",
    "open_member_session",
    "register",
    "request_code",
    "reset_password",
    "reuse_warning",
    "set_status",
    "set_tier",
    "sign_in_by_code",
    "sweep_codes",
]
