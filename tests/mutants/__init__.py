"""Small changes made to the code by rule, each of which some test should notice."""
