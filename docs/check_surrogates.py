"""How well Gaussian processes on a few molecules predict others: the tables of decision 10.

    python docs/check_surrogates.py molecules.smi --first 6000

`molecules` is a file of SMILES lines, a CSV with a column of SMILES, or an SD file, in random
order. First kernels against each other, then an exact GP on the nearest observations against a
sparse one (SGPR, Titsias, AISTATS 2009) on all of them, with the CPU seconds of conditioning and
predicting.
"""

import argparse
import math
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path

import torch
from botorch.models import SingleTaskGP
from gpytorch.kernels import InducingPointKernel
from gpytorch.likelihoods import GaussianLikelihood
from torch import Tensor

from bayesopt.oracles import get_oracle
from bayesopt.surrogates import molecule_gp
from bayesopt.surrogates.latent_scale import LatentScale
from bayesopt.surrogates.molecule_gp import fit_molecule_gp
from bayesopt.surrogates.molecule_space import NO_MOLECULE, MoleculeSpace
from chemvae import checkpoints
from data.errors import Refusal
from data.readers import read_molecules

PROPERTIES = ("qed", "penalized_logp", "tpsa")
INDUCING = (512, 1024)


def placed(path: Path, first: int, model: str) -> tuple[list[str], MoleculeSpace, Tensor]:
    """The molecules that the model can encode, and their rows."""
    codec = checkpoints.load(model, "cpu")
    smiles = [record.smiles for record in islice(read_molecules(path), first)]
    pairs = zip(smiles, codec.encode(smiles), strict=True)
    known = {text: tuple(e.mean.tolist()) for text, e in pairs if not isinstance(e, Refusal)}
    space = MoleculeSpace(LatentScale.of(codec))
    return list(known), space, space.rows(list(known), list(known.values()))


def without(rows: Tensor, part: str) -> Tensor:
    """`rows` without their latents, or without their molecules."""
    rows = rows.clone()
    if part == "latent":
        rows[:, :-1] = 0.0
    elif part == "molecule":
        rows[:, -1] = NO_MOLECULE
    return rows


@contextmanager
def alike(space: MoleculeSpace) -> Iterator[None]:
    """While entered, all molecules are made of the same: that part of the kernel is a constant."""
    composition = space.composition
    space.composition = torch.zeros_like(composition)
    yield
    space.composition = composition


def kernels(space: MoleculeSpace, rows: Tensor, values: Tensor, n: int) -> Iterator[str]:
    """Correlation, and gain in log likelihood over a normal distribution, by kernel."""
    told, asked = values[:n], values[n:]
    normal = -0.5 * (1 + math.log(2 * math.pi) + float(asked.var().log()))
    for name, left_out, unmade in (
        ("all", "", nullcontext()),
        ("without composition", "", alike(space)),
        ("latent", "molecule", nullcontext()),
        ("fingerprint, composition", "latent", nullcontext()),
    ):
        kept = without(rows, left_out)
        with unmade:
            gp = fit_molecule_gp(space, kept[:n], told, kept[:1])
            posterior = gp.posterior(kept[n:], observation_noise=True)
            mean, variance = posterior.mean.detach()[:, 0], posterior.variance.detach()[:, 0]
        squares = (asked - mean) ** 2 / variance + variance.log() + math.log(2 * math.pi)
        correlation = torch.corrcoef(torch.stack([mean, asked]))[0, 1]
        yield f"{name}: correlation {correlation:.2f}, gain {-0.5 * squares.mean() - normal:.2f}"


def sparse(space: MoleculeSpace, rows: Tensor, values: Tensor, num_tested: int) -> Iterator[str]:
    """RMSE on the last molecules, and on the 200 of them nearest to the first of them."""
    told, tested = slice(0, len(rows) - num_tested), slice(len(rows) - num_tested, len(rows))
    d = space.latent_dim
    centre = rows[tested][:1]
    distance = (rows[:, :d] - centre[:, :d]).norm(dim=-1)
    local = fit_molecule_gp(space, rows[told], values[told], centre)
    models = {f"exact, nearest {molecule_gp.MAX_OBSERVATIONS}": lambda: local}
    for m in INDUCING:
        chosen = torch.cat(
            [distance[told].argsort()[: m // 2], torch.arange(len(rows) - num_tested)[: m // 2]]
        )
        models[f"SGPR, {m} inducing"] = lambda chosen=chosen: sgpr(
            local, rows[told], values[told], rows[told][chosen.unique()]
        )
    for name, build in models.items():
        start = time.process_time()
        with torch.no_grad():
            mean = build().posterior(rows[tested]).mean.squeeze(-1)
        seconds = time.process_time() - start
        error = (mean - values[tested]) ** 2
        near = error[distance[tested].argsort()[:200]]
        yield f"{name}: {error.mean().sqrt():.3f}; {near.mean().sqrt():.3f} ({seconds:.1f} s)"


def sgpr(local: SingleTaskGP, rows: Tensor, values: Tensor, inducing: Tensor) -> SingleTaskGP:
    """The sparse GP with the hyperparameters of `local`."""
    likelihood = GaussianLikelihood()
    kernel = InducingPointKernel(local.covar_module, inducing.clone(), likelihood)
    gp = SingleTaskGP(rows, values.unsqueeze(-1), likelihood=likelihood, covar_module=kernel)
    gp.mean_module.load_state_dict(local.mean_module.state_dict())
    likelihood.noise = local.likelihood.noise.detach()
    return gp.eval()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("molecules", type=Path)
    parser.add_argument("--first", type=int, default=6000)
    parser.add_argument("--model", default="zinc250k")
    parser.add_argument("--tested", type=int, default=1000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of BoTorch, on inputs outside the unit cube
    smiles, space, rows = placed(given.molecules, given.first, given.model)
    for name in PROPERTIES:
        values = torch.tensor(list(get_oracle(name)(smiles)), dtype=torch.double)
        for n in (50, 200):
            some = slice(0, n + 500)
            for line in kernels(space, rows[some], values[some], n):
                print(f"{name}, {n} molecules, {line}", flush=True)
        for line in sparse(space, rows, values, given.tested):
            print(f"{name}, {len(rows) - given.tested} molecules, {line}", flush=True)


if __name__ == "__main__":
    main()
