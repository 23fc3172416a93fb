"""Molecules as graphs to cut, join and change: what the genetic algorithm breeds with."""
