"""Campaigns: the list of them, a new one, one while it runs, several side by side."""
