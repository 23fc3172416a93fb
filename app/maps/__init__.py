"""Maps of the latent space: made once of many molecules, and kept."""
