"""SMILES <-> latent: a GRU variational autoencoder of molecules."""
