"""The first migration, beside the drift check of `test_database`."""

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from app.database import all_tables


def test_every_table_can_be_made_on_postgresql():
    dialect = postgresql.dialect()
    for table in all_tables().sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "INDEX" in str(CreateIndex(index).compile(dialect=dialect))
