"""How the cost of a request grows with the catalog and with the orders there are."""
