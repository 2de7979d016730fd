"""Gateways as they are on the wire, with crypto of another library than the adapters'.

They also misbehave, on purpose.
"""
