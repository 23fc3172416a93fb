"""One campaign: how it goes, its molecules, whether to believe its model, and its record."""
