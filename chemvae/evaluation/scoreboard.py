"""The scoreboard as a table: what was reached, beside its target and the best peer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich.markup import escape
from rich.table import Table

from chemvae.evaluation.asked import asked_rows
from chemvae.evaluation.generation import ATTEMPTS, KINDS
from chemvae.evaluation.targets import MEAN_WITHIN, SD_WITHIN, TARGETS, Target
from data.properties import PROPERTIES

PRIOR_NAMES = {"standard_normal": "N(0, I)"}
KIND_NAMES = {
    "raw_greedy": "raw, greedy",
    "raw_temperature_1": "raw, temperature 1",
    "masked_greedy": "masked, greedy",
    "masked_temperature_1": "masked, temperature 1",
}
DESCRIBED_KINDS = ("raw_temperature_1", "masked_greedy")
"""Kinds whose properties are printed: the published protocol, and what is served by default."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the scoreboard."""

    measure: str
    reached: str
    target: str = ""
    met: bool | None = None
    peer: str = ""


def scoreboard(report: Mapping[str, Any], title: str) -> Table:
    """The table of an evaluation's report; its caption is the protocol."""
    table = Table(title=escape(title), caption=escape(_caption(report)))
    for column in ("measure", "reached", "target", "met", "best peer"):
        table.add_column(column, overflow="fold")
    marks = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for line in lines(report):
        cells = (line.measure, line.reached, line.target)
        table.add_row(*map(escape, cells), marks[line.met], escape(line.peer))
    return table


def lines(report: Mapping[str, Any]) -> Iterator[Line]:
    """Every row, in order."""
    targets = TARGETS.get(report["data"]["name"], {})
    yield from _reconstruction(report["reconstruction"], report["inversion"], targets)
    yield from _validity(report["generation"], targets)
    yield from _samples(report["novelty"], report["distribution"], targets)
    yield from _likelihood(report["likelihood"], targets)
    yield from _regression(report["heads"], report["latent_gp"], targets)
    # Only a decoder that is told labels can be asked for values.
    yield from (Line(*row) for row in asked_rows(report.get("asked", {"labels": {}})))
    yield from _neighbourhood(report["neighbourhood"])


Targets = Mapping[str, Target]


def _reconstruction(
    measured: Mapping[str, Any], inversion: Mapping[str, Any], targets: Targets
) -> Iterator[Line]:
    count = f"{measured['molecules']} test molecules"
    goal = targets.get("greedy_from_mean")
    for key, how in (("greedy_from_mean", "raw"), ("greedy_from_mean_masked", "masked")):
        yield _share(f"reconstruction, greedy from the mean, {how}, {count}", measured[key], goal)
    yield _share(
        "reconstruction, stochastic: sigma = 1, 10 latents x 10 decodes at temperature 1, "
        f"{measured['stochastic_molecules']} molecules",
        measured["stochastic"],
        targets.get("stochastic"),
    )
    settings, gap = inversion["settings"], inversion["posterior"]
    yield _share(
        f"reconstruction after at most {settings['refine_steps']} steps on the mean, {count}",
        inversion["reconstruction"],
        targets.get("inversion"),
    )
    yield Line(
        f"amortisation gap: {settings['steps']} steps on mean and log variance, KL weight "
        f"{settings['kl_weight']:g}, {gap['molecules']} molecules",
        f"{gap['weighted_elbo_encoder_nats']:.2f} to {gap['weighted_elbo_inverted_nats']:.2f} nats "
        f"({gap['gap_nats']:+.2f}); reconstruction {_percent(gap['reconstruction_encoder'])} to "
        f"{_percent(gap['reconstruction_inverted'])}",
    )


def _validity(measured: Mapping[str, Any], targets: Targets) -> Iterator[Line]:
    temperature = {"greedy": "greedy", "temperature_1": "temperature 1"}
    for key, masked in KINDS.items():
        how = "with the automaton" if masked else "raw decoder"
        for label, spoken in temperature.items():
            for prior, shares in measured[key].items():
                line = _share(
                    f"validity, {how}, {spoken}, {_prior(prior)}, {measured['samples']} samples",
                    shares[label],
                    targets.get(f"{key}.{label}"),
                )
                # A card written before they were counted has none.
                attempts = measured.get(ATTEMPTS) if masked else None
                yield _with_attempts(line, attempts[prior][label]) if attempts else line


def _with_attempts(line: Line, attempts: Mapping[str, float]) -> Line:
    """Of a masked decode, which is tried again where it does not count."""
    took = f"{_percent(attempts['first'])} at the first of at most {attempts['limit']} attempts"
    return replace(line, reached=f"{line.reached} ({took})")


def _samples(
    novelty: Mapping[str, Any], distribution: Mapping[str, Any], targets: Targets
) -> Iterator[Line]:
    for kind, spoken in KIND_NAMES.items():
        count = f"{spoken}, {novelty[kind]['molecules']} valid samples"
        for key in ("unique", "novel"):
            yield _share(f"{key}, {count}", novelty[kind].get(key), targets.get(key))
        yield _number(
            f"FCD to {distribution['reference_molecules']} test molecules, {count}",
            distribution["kinds"][kind]["fcd"],
            targets.get("fcd"),
        )
    for kind in DESCRIBED_KINDS:
        described = distribution["kinds"][kind]
        for name, data in distribution["reference_properties"].items():
            measure = f"{name}, mean (sd), {KIND_NAMES[kind]}, on the test molecules"
            if "properties" not in described:
                yield Line(measure, "-")
                continue
            moments, deviation = described["properties"][name], described["deviation"][name]
            yield Line(
                measure,
                f"{_moments(moments)} on {_moments(data)}: "
                f"{_signed(deviation['mean'])}, sd {_signed(deviation['sd'])}",
                f"within {100 * MEAN_WITHIN:g} %, sd {100 * SD_WITHIN:g} %",
                _within(deviation["mean"], MEAN_WITHIN) and _within(deviation["sd"], SD_WITHIN),
                targets.get(name, Target()).peer,
            )


def _likelihood(measured: Mapping[str, Any], targets: Targets) -> Iterator[Line]:
    yield _share(
        f"active units: {measured['active_units']} of {measured['latent_dim']}",
        measured["active_units"] / measured["latent_dim"],
        targets.get("active_share"),
    )
    yield Line("KL per molecule", f"{measured['kl_nats']:.1f} nats")
    yield Line("ELBO, one latent a molecule", f"{measured['elbo_nats']:.1f} nats")
    bounds = dict(measured["log_p"])
    count = bounds.pop("molecules")
    for prior, values in bounds.items():
        yield Line(
            f"log p(x), importance sampling with {' / '.join(values)} samples, {_prior(prior)}, "
            f"{count} molecules",
            " / ".join(f"{value:.2f}" for value in values.values()) + " nats",
            "rises with samples",
        )


def _regression(
    heads: Mapping[str, Any], gp: Mapping[str, Any], targets: Targets
) -> Iterator[Line]:
    if "reason" in heads:
        yield Line("property heads, MAE on the mean", f"- ({heads['reason']})")
    for name, error in heads.get("mae", {}).items():
        labelled = heads.get("labelled", {})
        # A column of the user's own file is in whatever unit the file is.
        unit = "" if name in labelled else f" {PROPERTIES[name].unit}".rstrip()
        count = labelled.get(name, heads["molecules"])
        measure = f"property head {name}{unit}, MAE on the mean, {count} molecules"
        yield _number(measure, error, targets.get(f"heads.{name}"), digits=4)
    if "reason" in gp:
        yield Line("latent GP on penalised logP", f"- ({gp['reason']})")
        return
    how = f"{gp['training_molecules']} training molecules, {gp['test_molecules']} test, 1 repeat"
    for key, spoken in (("rmse", "RMSE"), ("log_likelihood", "log likelihood")):
        measure = f"latent GP on penalised logP, {spoken}, {how}"
        yield _number(measure, gp[key], targets.get(f"gp.{key}"))


def _share(measure: str, value: float | None, target: Target | None) -> Line:
    return _line(measure, value, target, _percent)


def _number(measure: str, value: float | None, target: Target | None, digits: int = 3) -> Line:
    return _line(measure, value, target, lambda number: f"{number:.{digits}f}")


def _line(
    measure: str, value: float | None, target: Target | None, spoken: Callable[[float], str]
) -> Line:
    target = target or Target()
    goal = ""
    if target.goal is not None:
        goal = f"{'>=' if target.at_least else '<='} {spoken(target.goal)}"
    if value is None:
        return Line(measure, "-", goal, peer=target.peer)
    return Line(measure, spoken(value), goal, target.met(value), target.peer)


def _similarity(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _neighbourhood(measured: Mapping[str, Any]) -> Iterator[Line]:
    for row in measured["radii"]:
        yield Line(
            f"around test molecules, scaled radius {row['radius']:g}: similarity; raw and masked "
            f"validity; {measured['molecules']} molecules x {measured['samples']} latents",
            f"{_similarity(row['similarity'])}; {_percent(row['validity']['raw'])}, "
            f"{_percent(row['validity']['masked'])}",
        )


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _signed(deviation: float | None) -> str:
    return "-" if deviation is None else f"{100 * deviation:+.1f} %"


def _within(deviation: float | None, limit: float) -> bool:
    return deviation is not None and abs(deviation) <= limit


def _moments(moments: Mapping[str, float]) -> str:
    return f"{moments['mean']:.3g} ({moments['sd']:.3g})"


def _prior(name: str) -> str:
    return PRIOR_NAMES.get(name, name.replace("_", " "))


def _caption(report: Mapping[str, Any]) -> str:
    protocol, timing = report["protocol"], report["timing"]
    versions = (f"{name} {protocol[name]}" for name in ("rdkit", "torch", "fcd_torch", "gpytorch"))
    spent = (f"{name} {value:.0f}" for name, value in timing["cpu_seconds"].items())
    return (
        f"seed {protocol['seed']} (one seed), {protocol['device']}, {', '.join(versions)}; "
        f"{timing['seconds']:.0f} s, {timing['processes'] or 'no further'} processes; "
        f"CPU seconds: {', '.join(spent)}"
    )
