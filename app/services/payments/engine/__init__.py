"""Payment rules: covering an amount, states, points lots, journal templates. Pure."""
