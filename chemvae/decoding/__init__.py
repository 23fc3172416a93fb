"""Decoding: from latents to token sequences."""

from chemvae.decoding.strategies import DecodedTokens, decode

__all__ = ["DecodedTokens", "decode"]
