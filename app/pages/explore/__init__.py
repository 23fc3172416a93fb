"""What lies around a molecule, between two, and on from a part of one."""
