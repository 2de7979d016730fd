"""The demo shop: a small mall to try everything on."""

from app.cli.demo.command import demo, load_demo
from app.cli.demo.goods import LOGINS

__all__ = ["LOGINS", "demo", "load_demo"]
