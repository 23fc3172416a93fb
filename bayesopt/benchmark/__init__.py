"""Closed loops over tasks, methods and seeds: what a method is worth at so many oracle calls."""
