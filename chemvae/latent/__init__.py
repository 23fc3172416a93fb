"""Looking around in the latent space: paths, neighbours, neighbourhoods and maps of libraries."""
