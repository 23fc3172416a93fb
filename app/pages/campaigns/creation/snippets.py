"""The same campaign as JSON, for curl and in Python."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

KEY = "$MOLWRIGHT_API_KEY"
WIDTH = 76


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text to copy."""

    name: str
    text: str


def snippets(body: Mapping[str, Any], service: str, *, needs_key: bool) -> list[Snippet]:
    """Three ways to create and start the campaign without the page.

    Args:
        body: Of ``POST /v1/campaigns``.
        service: Where this service is, without a slash at its end.
        needs_key: Whether it asks for a key.
    """
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return [
        Snippet("JSON", text),
        Snippet("curl", _curl(text, service, needs_key=needs_key)),
        Snippet("Python", _python(body, service)),
    ]


def _curl(text: str, service: str, *, needs_key: bool) -> str:
    key = f' -H "Authorization: Bearer {KEY}"' if needs_key else ""
    return (
        f"id=$(curl -sS{key} -H 'Content-Type: application/json' \\\n"
        f"  -d @- {service}/v1/campaigns <<'JSON' | python3 -c "
        "'import json, sys; print(json.load(sys.stdin)[\"id\"])'\n"
        f"{text}\nJSON\n)\n"
        f"curl -sS{key} -X POST {service}/v1/campaigns/$id/start"
    )


def _python(body: Mapping[str, Any], service: str) -> str:
    arguments = "\n".join(f"    {name}={_literal(value)}," for name, value in body.items())
    return (
        "from app.client import Client\n\n"
        f'client = Client("{service}")\n'
        f"campaign = client.campaigns.create(\n{arguments}\n)\n"
        "campaign.start()\n"
        "campaign.wait()"
    )


def _literal(value: object) -> str:
    lines = pformat(value, width=WIDTH, sort_dicts=False).splitlines()
    return "\n    ".join(lines)
