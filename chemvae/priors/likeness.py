"""Which molecules are like the data: weighed by a density ratio between sets of latents."""

import torch
from torch import Tensor, nn

HIDDEN = 512
EPOCHS = 5
BATCH = 1024
PEAK = 2e-3
"""Learning rate of AdamW, reached after a third of the steps."""


def log_ratio(data: Tensor, others: Tensor, seed: int) -> Tensor:
    """`log p_data(z) - log p_others(z)`, nats, `m`, of each of the others.

    A network learns to tell them apart, as many of the one as of the other, and its logit is the
    logarithm of the ratio (Sugiyama et al. 2012, doi:10.1017/CBO9781139035613, section 4).

    Args:
        data: `n x d` latents of the data.
        others: `m x d` latents.
        seed: Of the network's first weights and the order of the batches.
    """
    location, scale = data.mean(dim=0), data.std(dim=0)
    data, others = ((part - location) / scale.clamp(min=1e-6) for part in (data, others))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _classifier(data.shape[1]).to(data.device)
        _tell_apart(network, data, others)
    with torch.inference_mode():
        return torch.cat([network(part).squeeze(1) for part in torch.split(others, 8 * BATCH)])


def by_weight(log_weights: Tensor, seed: int) -> Tensor:
    """All of them, `m` numbers, in an order whose beginning of any length is a sample without
    replacement, each drawn in proportion to its weight among those left.

    Gumbel noise and a sort do it (Kool et al. 2019, arXiv:1903.06059).
    """
    uniform = torch.rand(len(log_weights), generator=torch.Generator().manual_seed(seed))
    return (log_weights.cpu() - torch.log(-torch.log(uniform))).argsort(descending=True)


def _classifier(d: int) -> nn.Sequential:
    hidden = [nn.Linear(d, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU()]
    return nn.Sequential(*hidden, nn.Linear(HIDDEN, 1))


def _tell_apart(network: nn.Sequential, data: Tensor, others: Tensor) -> None:
    """An epoch passes over the larger set; of the smaller one, rows repeat."""
    rows = max(len(data), len(others))
    steps = EPOCHS * -(-rows // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, total_steps=steps)
    is_data = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)]).to(data.device)
    orders = [_endless(len(part), steps * BATCH) for part in (data, others)]
    for rows_of_data, rows_of_others in zip(*(torch.split(o, BATCH) for o in orders), strict=True):
        batch = torch.cat([data[rows_of_data], others[rows_of_others]])
        loss = nn.functional.binary_cross_entropy_with_logits(network(batch).squeeze(1), is_data)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def _endless(rows: int, count: int) -> Tensor:
    """`count` row numbers: one shuffle of all rows after the other."""
    shuffles = [torch.randperm(rows) for _ in range(-(-count // rows))]
    return torch.cat(shuffles)[:count]
