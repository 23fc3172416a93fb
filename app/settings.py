"""Everything that can be set from outside: ``MOLWRIGHT_*`` variables and ``.env``."""

import difflib
import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from app.errors import ConfigurationError

PREFIX = "MOLWRIGHT_"

OF_THE_CLIENT = {"MOLWRIGHT_API_KEY", "MOLWRIGHT_URL"}
"""What `app.client` reads; who uses it may serve from the same shell."""


class Settings(BaseSettings):
    """Frozen settings of one process; the environment wins over ``.env``.

    Raises:
        ConfigurationError: an unknown ``MOLWRIGHT_`` variable.
        pydantic.ValidationError: a value that does not fit, or a host that others can reach.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field(default="127.0.0.1", description="Address the API listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the API listens on.")
    require_keys: bool = Field(
        default=False,
        description="Answer only who sends a key of `molwright keys create`.",
    )
    allow_remote: bool = Field(
        default=False,
        description="Listen on a host that others can reach although no keys protect the API.",
    )
    trusted_hosts: str = Field(
        default="",
        description="Names, separated by commas, by which browsers may call a service that asks "
        "for no keys, beside localhost and addresses.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins, separated by commas, whose pages may call the API, as in "
        "https://lab.example.org; empty: none but its own.",
    )
    requests_per_minute: int = Field(
        default=1_200, ge=1, description="Requests a minute of a key that has no limit of its own."
    )
    request_seconds: float = Field(
        default=300.0, gt=0, description="Seconds after which a request is given up."
    )
    max_library_bytes: int = Field(
        default=2**30, ge=1, description="Bytes of the library that a bulk job is sent, at most."
    )
    data_dir: Path = Field(default=Path(".molwright"), description="Databases, artefacts and logs.")
    database_url: str = Field(
        default="", repr=False, description="SQLAlchemy URL; empty: SQLite in the data directory."
    )
    database_url_file: Path | None = Field(
        default=None,
        description="File that holds the URL, which may hold a password; wins over DATABASE_URL.",
    )
    database_seconds: float = Field(
        default=60.0,
        ge=0,
        description="Seconds that a process which starts waits for a database that is away.",
    )
    datasets_dir: Path | None = Field(
        default=None, description="Folder that may hold the data sets."
    )
    device: str = Field(
        default="auto", description="Where the model runs: auto, cpu, cuda, cuda:1, ..."
    )
    model: str = Field(default="zinc250k", description="Model of a request that names none.")
    model_queue: int = Field(
        default=32,
        ge=1,
        description="Requests that may compute with a model, or wait for it, at a time.",
    )
    model_source: str = Field(
        default="chemvae.checkpoints",
        description="Python module the models come from: `available`, `load`, `card`, `locate`.",
    )
    workers: int = Field(default=1, ge=0, le=256, description="Child processes that run campaigns.")
    oracle_hosts: str = Field(
        default="",
        description="Hosts that objectives of source `http` may ask, separated by commas, each "
        "with :port where only that port is meant; empty: none.",
    )
    oracle_private: bool = Field(
        default=False,
        description="Ask those hosts also where their name leads to a private address. One that is "
        "itself given as an address, or is localhost, is asked anyway.",
    )
    stall_seconds: float = Field(
        default=1_800.0,
        gt=0,
        description="Seconds without progress after which what runs, a campaign or a bulk job, "
        "has an alarm.",
    )
    otlp_endpoint: str = Field(
        default="",
        description="OpenTelemetry collector that traces of the requests are sent to over HTTP, as "
        "in http://127.0.0.1:4318; empty: none. Needs the extra `otel`.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="How log lines look."
    )

    @property
    def resolved_database_url(self) -> str:
        """The database's URL: as given, or ``molwright.db`` in the data directory.

        Raises:
            OSError: the file that holds it cannot be read.
        """
        if self.database_url_file is not None:
            return self.database_url_file.read_text().strip()
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'molwright.db'}"

    @property
    def allowed_oracle_hosts(self) -> tuple[str, ...]:
        """``oracle_hosts``, one by one."""
        return _listed(self.oracle_hosts)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """``cors_origins``, one by one."""
        return _listed(self.cors_origins)

    @property
    def named_hosts(self) -> tuple[str, ...]:
        """``trusted_hosts``, one by one."""
        return _listed(self.trusted_hosts)

    @field_validator("cors_origins")
    @classmethod
    def _names_origins(cls, value: str) -> str:
        for origin in _listed(value):
            if not re.fullmatch(r"https?://[^/*@?#]+", origin):
                raise ValueError(
                    f"{origin!r} is no origin; one is a scheme, a host and maybe a port, without a "
                    "path or wildcards, as in https://lab.example.org"
                )
        return value

    @model_validator(mode="after")
    def _stay_local_without_keys(self) -> Self:
        if not (self.require_keys or self.allow_remote or _is_loopback(self.host)):
            raise ValueError(
                f"{PREFIX}HOST={self.host} lets other machines use an API that no keys protect; "
                f"set {PREFIX}REQUIRE_KEYS=true and give keys out with `molwright keys create`, "
                f"use 127.0.0.1, or set {PREFIX}ALLOW_REMOTE=true where a container or a proxy "
                "guards the port"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Check the names in the environment and in ``.env`` before any value is read."""
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource | DotEnvSettingsSource):
                _refuse_unknown(name.upper() for name in source.env_vars)
        return init_settings, env_settings, dotenv_settings


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _refuse_unknown(names: Iterable[str]) -> None:
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    for name in names:
        if name.startswith(PREFIX) and name not in known | OF_THE_CLIENT:
            nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            raise ConfigurationError(f"{name} is not a setting; did you mean {nearest[0]}?")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
