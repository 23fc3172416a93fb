"""The samples that the guide tells of are those there are."""

import re
from datetime import timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.database import create_engine, create_session_factory
from app.migrating import upgrade
from app.settings import Settings
from app.telemetry.collector import DatabaseCollector
from app.telemetry.metrics import REGISTRY

GUIDE = Path(__file__).parents[2] / "docs/guides/observability.md"


def test_every_sample_is_told_of_and_there(tmp_path):
    engine = create_engine(Settings(data_dir=tmp_path, _env_file=None))
    upgrade(engine)
    database = CollectorRegistry()
    database.register(DatabaseCollector(create_session_factory(engine), timedelta(minutes=1)))
    text = (generate_latest(REGISTRY) + generate_latest(database)).decode()
    engine.dispose()
    there = {
        family.name
        for family in text_string_to_metric_families(text)
        if family.name.startswith("molwright") and not family.name.endswith("_created")
    }
    told = re.findall(r"`(molwright_\w+?)(?:_total)?(?:\{[\w,]*\})?`", GUIDE.read_text())
    assert set(told) == there
