"""Orders: from a quoted cart to a placed, paid, fulfilled or cancelled purchase."""
