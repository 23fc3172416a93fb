"""Models of the utility, fitted to the trials."""
