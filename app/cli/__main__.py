"""`python -m app.cli` is `shop`."""

from app.cli.main import main

main()
