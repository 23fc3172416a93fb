"""Molecules and data sets: RDKit, no torch."""
