"""What brings shoppers back."""
