"""What a run left in the tables, counted where nothing could have refused a second row."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.database import all_tables

Found = tuple[int, str, str | None]
"""Number, status and SMILES of a trial."""

COUNTED = {
    "trials": "campaign_id",
    "iterations": "campaign_id",
    "trial_values": "campaign_id",
    "bulk_chunks": "job_id",
    "bulk_refusals": "job_id",
}
"""The tables that may hold a row twice, and the column that they are searched by."""
ROWS_AND_DISTINCT = {
    "iterations": "campaign_id || ' ' || iteration FROM iterations",
    "trials": "campaign_id || ' ' || number FROM trials",
    "compounds": "campaign_id || ' ' || inchi_key FROM trials WHERE inchi_key IS NOT NULL",
    "values": "campaign_id || ' ' || number || ' ' || objective FROM trial_values"
    " WHERE replaced_at IS NULL",
}


def allow_duplicates(engine: Engine) -> None:
    """Make the empty tables anew, without keys: a second row is kept, and counted."""
    tables = [all_tables().tables[name] for name in COUNTED]
    with engine.begin() as connection:
        for table in reversed(tables):
            table.drop(connection)
        for table in tables:
            _loosened(table, COUNTED[table.name]).create(connection)


def _loosened(table: sa.Table, key: str) -> sa.Table:
    columns = [
        sa.Column(column.name, column.type, primary_key=column.name == "id")
        for column in table.columns
    ]
    return sa.Table(table.name, sa.MetaData(), *columns, sa.Index(None, key))


@dataclass(frozen=True, slots=True)
class Census:
    """Everything that may have gone wrong, each by its number or name."""

    num_rows: int
    lost: int
    unexpected: int
    duplicates: Mapping[str, int]
    unfinished: Mapping[str, str]
    """State and reason of every campaign that did not succeed."""
    gaps: Collection[str]
    """Campaigns whose iterations are not numbered from 0 without a gap."""
    campaigns_lost: Collection[str]
    campaigns_repeated: Collection[str]

    def check(self) -> None:
        """Nothing was lost, nothing is there twice, nothing is stuck."""
        assert self.num_rows > 0, "nothing ran"
        assert not self.unfinished
        assert (self.lost, self.unexpected) == (0, 0)
        assert not any(self.duplicates.values()), self.duplicates
        assert not self.gaps
        assert not self.campaigns_lost
        assert not self.campaigns_repeated


def count(engine: Engine, acknowledged: Collection[str], expected: Collection[Found]) -> Census:
    """Count what the campaigns left whose creation was ``acknowledged``.

    All were the same campaign, which finds ``expected`` when nobody disturbs it.
    """
    with engine.connect() as connection:
        found = {campaign: _trials(connection, campaign) for campaign in acknowledged}
        rows = connection.execute(sa.text("SELECT id, state, reason FROM campaigns")).all()
        stored = {id_: f"{state}: {reason}" for id_, state, reason in rows}
        return Census(
            num_rows=sum(map(len, found.values())),
            lost=sum(len(set(expected) - set(trials)) for trials in found.values()),
            unexpected=sum(len(set(trials) - set(expected)) for trials in found.values()),
            duplicates={name: _surplus(connection, name) for name in ROWS_AND_DISTINCT},
            unfinished={k: v for k, v in stored.items() if not v.startswith("succeeded")},
            gaps=[id_ for id_ in acknowledged if not _is_gapless(connection, id_)],
            campaigns_lost=set(acknowledged) - set(stored),
            campaigns_repeated=set(stored) - set(acknowledged),
        )


def _trials(connection: Connection, campaign: str) -> list[Found]:
    query = sa.text("SELECT number, status, smiles FROM trials WHERE campaign_id = :id")
    return [(row[0], row[1], row[2]) for row in connection.execute(query, {"id": campaign})]


def _surplus(connection: Connection, name: str) -> int:
    expression, rest = ROWS_AND_DISTINCT[name].split(" FROM ")
    query = f"SELECT count(*) - count(DISTINCT {expression}) FROM {rest}"  # noqa: S608
    return int(connection.execute(sa.text(query)).scalar_one())


def _is_gapless(connection: Connection, campaign: str) -> bool:
    query = sa.text("SELECT iteration FROM iterations WHERE campaign_id = :id")
    numbers = {number for (number,) in connection.execute(query, {"id": campaign})}
    return numbers == set(range(len(numbers)))
