"""What finance works out of facts alone."""
