"""Price lists over HTTP."""
