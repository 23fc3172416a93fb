"""Dreams: the decoder learns from its own masked, valid decodes what the mask knows.

Latents are drawn where the training set's posteriors are not, from the prior and half-way between
its samples; the automaton keeps their greedy decodes valid; what RDKit parses becomes an example
for the unmasked decoder. This is the sleep phase of wake-sleep (Hinton et al. 1995,
doi:10.1126/science.7761831) with a filter.
"""

import torch
from torch import Tensor

from chemvae.decoding import decode
from chemvae.decoding.mask import TokenMask
from chemvae.objective import reconstruction
from chemvae.priors import Prior
from chemvae.tokens import Vocabulary
from chemvae.vae import SmilesVae
from data.molecules import is_valid

IGNORED = -1
"""A target that does not count, as `chemvae.objective.reconstruction` takes it."""


class Dreamer:
    """Makes examples with the decoder and gives their loss.

    Args:
        prior: Where latents are drawn.
        mask: Keeps decodes valid.
        vocabulary: The tokens.
        seed: Decides the latents, together with the step.
    """

    def __init__(self, prior: Prior, mask: TokenMask, vocabulary: Vocabulary, seed: int) -> None:
        self.prior, self.mask, self.vocabulary, self.seed = prior, mask, vocabulary, seed

    def loss(self, vae: SmilesVae, count: int, step: int) -> Tensor:
        """`-log p(x | z)` of up to `count` valid dreams, nats, one each."""
        generator = torch.Generator().manual_seed(self.seed + step)
        latents, tokens = self._dream(vae, count, generator)
        logits, _ = vae.decoder(tokens[:, :-1], vae.condition(latents))
        ended = tokens[:, :-1] == Vocabulary.eos
        return reconstruction(logits, tokens[:, 1:].masked_fill(ended, IGNORED))

    def _dream(
        self, vae: SmilesVae, count: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Valid decodes: their latents `n x d`, and tokens `n x t` from BOS, padded with EOS."""
        device = vae.encoder.posterior.weight.device
        ends = self.prior.sample(2 * count, generator).view(2, count, -1)
        half_way = torch.arange(count) % 2 == 0
        latents = torch.where(half_way.unsqueeze(-1), ends.mean(dim=0), ends[0]).to(device)
        with torch.autocast(device.type, enabled=False):
            decoded = decode(
                vae.decoder,
                vae.condition(latents),
                vae.config.max_tokens + 1,
                mask=self.mask,
            ).tokens
        valid = torch.tensor([is_valid(self.vocabulary.decode(row)) for row in decoded.tolist()])
        rows = valid.nonzero().squeeze(1).to(device)
        kept = decoded[rows]
        longest = int((kept != Vocabulary.eos).sum(dim=1).max()) + 1 if len(kept) else 1
        begin = torch.full((len(kept), 1), Vocabulary.bos, device=device)
        return latents[rows], torch.cat([begin, kept[:, :longest]], dim=1)
