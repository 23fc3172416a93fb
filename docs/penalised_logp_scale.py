"""Mean and standard deviation of the terms of penalised logP over a published data set.

    python docs/penalised_logp_scale.py zinc250k

They stand in `chemvae.evaluation.latent_gp.PENALISED_LOGP_SCALES`. Every molecule counts, so it
takes some minutes; `--every 50` looks at each fiftieth line.
"""

import argparse

from chemvae.evaluation.latent_gp import Scale, penalised_logp_terms
from data.datasets import DATASETS, dataset_spec, fetch


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dataset", choices=sorted(DATASETS))
    parser.add_argument("--every", type=int, default=1, help="look at each so manieth line")
    asked = parser.parse_args()
    lines = dataset_spec(asked.dataset).reader(fetch(asked.dataset))[:: asked.every]
    scale = Scale.of(penalised_logp_terms(lines))
    print(f"{len(lines)} molecules: logP, -SAS, ring penalty")
    for name, values in scale._asdict().items():
        print(f"{name:>4}", *(f"{value:.6f}" for value in values.tolist()))


if __name__ == "__main__":
    main()
