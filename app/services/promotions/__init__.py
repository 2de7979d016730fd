"""Promotions: rules, coupons, quotas and the choice of the best set."""
