"""Hypothesis strategies for the frozen data of a campaign."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from bayesopt.constraints import Alerts, PropertyWindow, SimilarTo, Substructure
from bayesopt.objectives import Objective
from bayesopt.spec import CampaignSpec, SearchMethod
from bayesopt.trial import Method, Nearest, Observation, Prediction, Trial, TrialStatus
from data.properties import PROPERTIES

numbers = st.floats(-1e6, 1e6)
weights = st.floats(0.01, 100)
names = st.sampled_from(["pIC50", "solubility", "Caco-2"])
molecules = st.sampled_from(["CCO", "OCC", "c1ccccc1", "CC(=O)N", "CCCl", "[SiH4]", "CCBr"])

curves = st.lists(
    st.tuples(numbers, st.floats(0, 1)), min_size=2, max_size=5, unique_by=lambda point: point[0]
).map(lambda points: tuple(sorted(points)))
curves = curves.filter(lambda points: any(y for _, y in points))

measured = st.one_of(
    st.builds(
        Objective,
        name=names,
        direction=st.sampled_from(["maximize", "minimize"]),
        weight=weights,
        source=st.just("measured"),
    ),
    st.builds(
        Objective,
        name=names,
        direction=st.just("target"),
        target=numbers,
        tolerance=st.floats(0, 10),
        source=st.just("measured"),
        low=st.floats(-10, 0),
        high=st.floats(1, 10),
    ),
    st.builds(
        Objective, name=names, weight=weights, source=st.just("measured"), desirability=curves
    ),
)
computed = st.one_of(
    st.builds(Objective, name=st.sampled_from(["qed", "sas", "logp"]), weight=weights),
    st.builds(
        Objective,
        name=st.just("similarity"),
        parameters=st.fixed_dictionaries({"smiles": molecules}),
    ),
    st.builds(
        Objective,
        name=names,
        direction=st.sampled_from(["maximize", "minimize"]),
        source=st.just("model"),
        parameters=st.fixed_dictionaries(
            {
                "data": st.lists(
                    st.fixed_dictionaries({"smiles": molecules, "value": numbers}),
                    min_size=2,
                    max_size=4,
                )
            },
            optional={"penalty": st.floats(0, 10)},
        ),
    ),
)
constraints = st.one_of(
    st.builds(PropertyWindow, property=st.sampled_from(list(PROPERTIES)), max=st.floats(1, 1e6)),
    st.builds(Substructure, smarts=st.sampled_from(["c1ccncc1", "[#7]"]), required=st.booleans()),
    st.builds(Alerts, st.sampled_from([("PAINS",), ("BRENK",), ("PAINS", "BRENK")])),
    st.builds(
        SimilarTo,
        smiles=molecules | st.lists(molecules, min_size=1, max_size=3).map(tuple),
        min_similarity=st.floats(0, 1),
    ),
)
specs = st.builds(
    CampaignSpec,
    objectives=st.lists(
        st.one_of(measured, computed), min_size=1, max_size=4, unique_by=lambda o: o.name
    ).map(tuple),
    constraints=st.lists(
        constraints, max_size=3, unique_by=lambda c: getattr(c, "smarts", id(c))
    ).map(tuple),
    initial_smiles=st.lists(molecules, max_size=3).map(tuple),
    num_initial_samples=st.integers(0, 50),
    batch_size=st.integers(1, 50),
    seed=st.integers(0, 2**63),
    method=st.sampled_from(get_args(SearchMethod)),
    max_evaluations=st.none() | st.integers(1, 1000),
    scalarization=st.sampled_from(["weighted", "geometric", "pareto"]),
    fine_tune_every=st.none() | st.integers(1, 1000),
)
vectors = st.none() | st.lists(numbers, min_size=1, max_size=5).map(tuple)
observations = st.builds(
    Observation.of,
    st.one_of(numbers, st.lists(numbers, min_size=1, max_size=4)),
    st.text(max_size=10),
)
trials = st.builds(
    Trial,
    number=st.integers(0, 1000),
    iteration=st.integers(0, 100),
    status=st.sampled_from(TrialStatus),
    method=st.sampled_from(get_args(Method)),
    smiles=st.none() | molecules,
    inchi_key=st.none() | st.text(max_size=27),
    latent_asked=vectors,
    latent=vectors,
    values=st.dictionaries(names, observations),
    prediction=st.none() | st.builds(Prediction, numbers, numbers, numbers),
    reason=st.none() | st.text(max_size=30),
    why=st.none() | st.text(max_size=30),
    nearest=st.none() | st.builds(Nearest, st.integers(0, 1000), molecules, st.floats(0, 1)),
)
