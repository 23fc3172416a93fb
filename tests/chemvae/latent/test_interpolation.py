import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chemvae.errors import ConfigError, ShapeError
from chemvae.latent.coder import NoLatentError, encode_all
from chemvae.latent.interpolation import interpolate, path
from data.errors import PropertyError
from data.fingerprints import morgan, tanimoto
from data.molecules import parse
from tests.chemvae.conftest import MOLECULES

vectors = arrays("float32", 5, elements=st.floats(-10, 10, width=32)).map(torch.from_numpy)
methods = st.sampled_from(["linear", "spherical"])


@given(vectors, vectors, st.integers(2, 9), methods)
def test_a_path_joins_its_ends(start, end, num_steps, method):
    points = path(start, end, num_steps, method)
    assert points.shape == (num_steps, 5)
    assert torch.equal(points[0], start)
    assert torch.equal(points[-1], end)
    assert torch.isfinite(points).all()


@given(vectors, vectors, methods)
def test_the_way_back_is_the_way_reversed(start, end, method):
    there, back = path(start, end, 6, method), path(end, start, 6, method).flip(0)
    opposite = torch.cosine_similarity(start, end, dim=0) < -0.99  # has many arcs
    assert opposite or torch.allclose(there, back, atol=1e-4)


@given(vectors, vectors)
def test_the_norm_of_a_spherical_path_changes_linearly(start, end):
    norms = path(start, end, 7, "spherical").norm(dim=-1)
    expected = torch.lerp(start.norm(), end.norm(), torch.linspace(0, 1, 7))
    assert torch.allclose(norms, expected, atol=1e-4)


@given(st.floats(0.1, 3.0), st.floats(0.01, 0.99))
def test_spherical_is_shoemakes_formula_on_unit_vectors(angle, fraction):
    p = torch.tensor([1.0, 0.0], dtype=torch.float64)
    q = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64)
    points = path(p, q, 101, "spherical")
    s = round(fraction * 100) / 100
    slerp = (math.sin((1 - s) * angle) * p + math.sin(s * angle) * q) / math.sin(angle)
    assert torch.allclose(points[round(s * 100)], slerp)


def test_a_spherical_path_turns_a_quarter_circle():
    points = path(torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0]), 3, "spherical")
    assert points[1].tolist() == pytest.approx([3 / math.sqrt(2), 3 / math.sqrt(2)])


@pytest.mark.parametrize(
    ("start", "end"),
    [((1.0, 2.0), (1.0, 2.0)), ((1.0, 2.0), (-1.0, -2.0)), ((0.0, 0.0), (1.0, 2.0))],
    ids=["equal", "opposite", "from the origin"],
)
def test_a_spherical_path_exists_where_the_formula_divides_by_zero(start, end):
    points = path(torch.tensor(start), torch.tensor(end), 5, "spherical")
    expected = torch.lerp(
        torch.tensor(start).norm(), torch.tensor(end).norm(), torch.linspace(0, 1, 5)
    )
    assert torch.allclose(points.norm(dim=-1), expected)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((torch.zeros(3), torch.zeros(3), 1, "linear"), ConfigError, "1 steps"),
        ((torch.zeros(3), torch.zeros(3), 4, "cubic"), ConfigError, "'cubic'; use linear or"),
        ((torch.zeros(3), torch.zeros(4), 4, "linear"), ShapeError, r"\(3,\) and \(4,\)"),
        ((torch.zeros(1, 3), torch.zeros(1, 3), 4, "linear"), ShapeError, r"\(1, 3\)"),
    ],
)
def test_what_is_no_path_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        path(*arguments)


def _between(codec, start, end, **how):
    ends = encode_all(codec, [start, end])
    return interpolate(codec, (start, ends[0].mean), (end, ends[1].mean), **how)


@pytest.mark.parametrize("method", ["linear", "spherical"])
def test_a_learnt_molecule_stands_at_each_end(codec, method):
    start, end = MOLECULES[0], MOLECULES[5]
    steps = _between(codec, start, end, num_steps=6, method=method, properties=["qed"])
    assert (steps[0].smiles, steps[-1].smiles) == (start, end)
    assert (steps[0].similarity_to_start, steps[-1].similarity_to_end) == (1.0, 1.0)
    for step in steps:
        assert step.raw
        if step.smiles is None:
            assert (step.similarity_to_start, step.similarity_to_end) == (None, None)
            assert step.properties == {}
        else:
            shared = tanimoto(morgan(parse(step.smiles)), morgan(parse(end)))
            assert step.similarity_to_end == shared
            assert step.properties.keys() == {"qed"}


def test_ends_that_cannot_be_encoded_and_unknown_properties_are_refused(codec):
    with pytest.raises(NoLatentError, match="unclosed ring in 'C1CC'") as raised:
        _between(codec, MOLECULES[0], "C1CC")
    assert raised.value.code == "syntax"
    with pytest.raises(PropertyError, match="no property 'qde'"):
        _between(codec, MOLECULES[0], MOLECULES[1], properties=["qde"])
