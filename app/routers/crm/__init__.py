"""What brings shoppers back, over HTTP."""
