"""Alembic's entry: runs on the connection that ``app.migrating`` puts into the configuration."""

from alembic import context
from sqlalchemy.engine import Connection
from sqlalchemy.schema import SchemaItem

from app.database import all_tables


def _is_ours(
    _item: SchemaItem, _name: str | None, _type: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    # The execution engine keeps its tables in the same SQLite file.
    return not (reflected and compare_to is None and _type == "table")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        include_object=_is_ours,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
