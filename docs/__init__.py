"""The documentation, and the scripts that check its numbers."""
