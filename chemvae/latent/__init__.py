"""Looking around in the latent space: paths, neighbours, neighbourhoods and maps of libraries."""

SCALED_RADIUS = 1.0
"""How far around a molecule is sampled where nobody says otherwise: its posterior itself."""
