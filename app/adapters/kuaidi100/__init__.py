"""Kuaidi100 (快递100): where parcels of some thousand carriers are, asked for and told."""

from app.adapters.kuaidi100.tracker import Kuaidi100

__all__ = ["Kuaidi100"]
