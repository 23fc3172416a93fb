import pytest

from chemvae.codec import Decoded, MoleculeCodec
from chemvae.config import ModelConfig
from chemvae.evaluation import Budget, Crew, evaluate
from chemvae.evaluation.asked import asked_report, asked_rows, computable
from chemvae.evaluation.encoded import EncodedTest
from chemvae.evaluation.scoreboard import lines
from chemvae.posterior import Posterior
from chemvae.priors import StandardNormal
from chemvae.vae import SmilesVae
from tests.chemvae.conftest import MOLECULES

SMALL = Budget(
    test_molecules=6,
    stochastic_molecules=1,
    inverted_molecules=1,
    importance_molecules=1,
    prior_samples=4,
    described=2,
    neighbourhood_molecules=1,
    neighbourhood_samples=1,
    asked_samples=5,
)


class Obedient:
    """It decodes to alkanes of as many carbon atoms as it is asked for, and one more, in turn.

    Every fourth decode is no molecule.
    """

    conditions = ("heavy_atoms", "pIC50", "logp")
    prior = StandardNormal(3)

    def sample_prior(self, n, generator):
        return self.prior.sample(n, generator)

    def decode(self, latents, *, labels):
        wanted = round(labels["heavy_atoms"])
        lines = [None if i % 4 == 3 else "C" * (wanted + i % 2) for i in range(len(latents))]
        return [Decoded(line, line or "C(", -1.0) for line in lines]


def _alkanes(longest):
    smiles = ["C" * n for n in range(1, longest + 1)]
    return EncodedTest(longest, smiles, Posterior(None, None))


def test_what_is_asked_for_is_compared_with_what_comes():
    report = asked_report(Obedient(), _alkanes(21), ["heavy_atoms"], samples=8, seed=0)
    assert (report["samples"], report["prior"]) == (8, "standard_normal")
    values = report["labels"]["heavy_atoms"]
    assert [item["quantile"] for item in values] == [0.1, 0.5, 0.9]
    assert [item["asked"] for item in values] == pytest.approx([3, 11, 19])
    # Of eight decodes four are as asked, two have one atom more and two are no molecules.
    assert [item["obtained"] - item["asked"] for item in values] == pytest.approx([1 / 3] * 3)
    assert [item["mae"] for item in values] == pytest.approx([1 / 3] * 3)
    assert [item["valid"] for item in values] == [0.75] * 3
    assert [item["unique"] for item in values] == pytest.approx([2 / 6] * 3)


def test_a_row_a_label():
    report = asked_report(Obedient(), _alkanes(21), ["heavy_atoms"], samples=8, seed=0)
    [(measure, reached)] = asked_rows(report)
    assert measure.startswith("asked heavy_atoms")
    assert "3 / 11 / 19" in measure
    assert "8 prior samples each" in measure
    assert reached == (
        "mean obtained 3.33 / 11.3 / 19.3; MAE 0.333 / 0.333 / 0.333; valid 75 / 75 / 75 %; "
        "distinct among them 33.3 / 33.3 / 33.3 %"
    )


def test_a_value_that_no_molecule_comes_of_is_a_dash():
    mute = Obedient()
    mute.decode = lambda latents, labels: [Decoded(None, "C(", -1.0) for _ in latents]
    report = asked_report(mute, _alkanes(21), ["heavy_atoms"], samples=8, seed=0)
    [(_, reached)] = asked_rows(report)
    assert reached.startswith("mean obtained - / - / -; MAE - / - / -; valid 0 / 0 / 0 %;")
    assert reached.endswith("distinct among them - / - / - %")


def test_only_what_rdkit_computes_is_asked_for():
    assert computable(Obedient(), set()) == ["heavy_atoms", "logp"]
    assert computable(Obedient(), {"logp"}) == ["heavy_atoms"], "a column of the user's own"


def test_an_evaluation_asks_a_decoder_that_is_told_labels(vocabulary, tmp_path):
    path = tmp_path / "test.smi"
    path.write_text("\n".join(MOLECULES[:6]))
    sizes = ModelConfig(latent_dim=8, max_tokens=40, conditions=("logp", "qed"))
    told = MoleculeCodec(SmilesVae(len(vocabulary), sizes), vocabulary, StandardNormal(8), "told")
    report = evaluate(Crew(told), str(path), None, budget=SMALL, kl_weight=0.01, seed=0).report
    assert report["asked"]["samples"] == 5
    rows = [row.measure for row in lines(report) if row.measure.startswith("asked")]
    assert [row.split()[1] for row in rows] == ["logp", "qed"]
