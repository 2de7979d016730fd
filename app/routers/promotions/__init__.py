"""Promotions and coupons over HTTP."""
