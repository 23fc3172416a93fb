"""Decoding: from latents to token sequences."""

from chemvae.decoding.beam import Beams, beam_search
from chemvae.decoding.generate import DecodedTokens, decode, reach_limit
from chemvae.decoding.mask import MaskState, TokenMask
from chemvae.decoding.step import StepDecoder
from chemvae.decoding.strategies import Greedy, Sampling, Strategy, choose_strategy

__all__ = [
    "Beams",
    "DecodedTokens",
    "Greedy",
    "MaskState",
    "Sampling",
    "StepDecoder",
    "Strategy",
    "TokenMask",
    "beam_search",
    "choose_strategy",
    "decode",
    "reach_limit",
]
