"""Kuaidi100's adapter, without a database."""
