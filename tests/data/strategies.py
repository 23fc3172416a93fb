"""hypothesis strategies for molecules."""

from hypothesis import strategies as st

# Each links on at its first atom and goes on from its last, so any row of them is a molecule.
_LINKS = (
    "C",
    "CC(C)",
    "O",
    "[NH2+]",
    "C(=O)N",
    "S(=O)(=O)",
    "S(=O)",
    "[C@@H](F)",
    "[C@H](C(=O)[O-])",
    "/C=C/C",
    "/C=C\\C",
    "c1ccc(cc1)",
    "c1cc(oc1)",
    "C1CCN(CC1)",
    "[13CH2]",
    "C(C#N)",
)

valid_smiles = st.lists(st.sampled_from(_LINKS), min_size=1, max_size=8).map(
    lambda links: "C" + "".join(links) + "C"
)
