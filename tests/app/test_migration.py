"""What the migrations do with what is stored, beside the drift check of `test_database`."""

import sqlalchemy as sa
from alembic import command

from app.campaigns.tables import CampaignRow
from app.database import all_tables, create_engine
from app.migrating import migration_config, upgrade
from app.settings import Settings


def test_a_scalarization_moves_to_the_versions_and_back(tmp_path):
    engine = create_engine(Settings(data_dir=tmp_path / "new", _env_file=None))
    upgrade(engine, "0002")
    old = {"seed": 1, "scalarization": "pareto"}
    with engine.begin() as connection:
        store_campaign(connection, old)
    upgrade(engine, "0003")
    with engine.begin() as connection:
        stored = all_tables().tables
        assert connection.scalar(sa.select(stored["campaigns"].c.settings)) == {"seed": 1}
        chosen = connection.scalars(sa.select(stored["objective_versions"].c.scalarization))
        assert chosen.all() == ["pareto", "pareto"]
        command.downgrade(migration_config(connection), "0002")
        assert connection.scalar(sa.select(stored["campaigns"].c.settings)) == old
    engine.dispose()


def store_campaign(connection, settings):
    members = dict.fromkeys(("id", "name", "model", "model_hash"), "a")
    connection.execute(sa.insert(CampaignRow).values(members | {"settings": settings}))
    connection.exec_driver_sql(
        "INSERT INTO objective_versions (campaign_id, version, objectives, constraints, created_at)"
        " VALUES ('a', 1, '[]', '[]', '2026-01-01'), ('a', 2, '[]', '[]', '2026-01-02')"
    )
