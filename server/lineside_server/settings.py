"""The settings of the service: flags of `lineside serve`, or environment variables `LINESIDE_<NAME>`."""

import ipaddress
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lineside_server.resources import default_database

MIB = 1024 * 1024
ROOT_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")
TOKEN = re.compile(r"[A-Za-z0-9._~-]+")  # what may stand in a header and in the name of a subprotocol alike


class ProjectKeeping(BaseModel):
    """What one project keeps; what is left out is as for every project, and null keeps all."""

    model_config = ConfigDict(extra="forbid")

    retention_days: float | None = Field(default=None, gt=0)
    quota_bytes: int | None = Field(default=None, gt=0)


class Settings(BaseSettings):
    """Passed to whoever needs them, never imported."""

    model_config = SettingsConfigDict(env_prefix="LINESIDE_", extra="ignore")

    host: str = Field(default="127.0.0.1", description="Address to listen on; beyond loopback a token is needed.")
    port: int = Field(default=7460, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database: str = Field(
        default_factory=default_database, description="File of the SQLite database, or a database URL."
    )
    token: str | None = Field(
        default=None, description="A token with the scope admin, beside those of `lineside token`."
    )
    token_file: Path | None = Field(
        default=None, description="File that holds the token; where there is none it is made, with a new token."
    )
    require_token: bool = Field(default=False, description="Ask for a token on loopback too.")
    insecure: bool = Field(default=False, description="Listen beyond loopback without a token all the same.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Further host names under which the service is reached, separated by commas."
    )
    root_path: str = Field(
        default="", description="Path below which a proxy serves the page and all else, such as /lineside."
    )
    forwarded_allow_ips: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks of proxies whose X-Forwarded-* headers are believed, separated by commas.",
    )
    max_body: int = Field(default=64 * MIB, gt=0, description="Largest request body in bytes, as sent.")
    max_decoded: int = Field(default=256 * MIB, gt=0, description="Largest request body in bytes, once decompressed.")
    max_writes: float | None = Field(
        default=1000.0,
        gt=0,
        description="Writing requests a second of one token and address; those of loopback are not counted.",
    )
    max_sockets: int = Field(default=4096, gt=0, description="Live sockets at once.")
    max_sockets_each: int = Field(default=1024, gt=0, description="Live sockets at once of one address.")
    max_runs: int | None = Field(
        default=None, gt=0, description="Runs that are kept at once, deleted ones too; unset sets no bound."
    )
    max_runs_each: int | None = Field(
        default=None, gt=0, description="Runs that are kept at once of each project; unset sets no bound."
    )
    max_declared: int = Field(
        default=4 * MIB, gt=0, description="Largest config, intent or host of a run in bytes, as JSON."
    )
    lost_after: float = Field(default=60.0, gt=0, description="Seconds without a word after which a run is lost.")
    stalled_after: float = Field(
        default=60.0, gt=0, description="Least seconds of heartbeats without metrics that stall a run."
    )
    sweep_every: float = Field(default=5.0, gt=0, description="Seconds between two looks at the states of the runs.")
    judging: bool = Field(default=True, description="Judge runs as they grow; without it their health is unknown.")
    rules_file: Path | None = Field(
        default=None, description="TOML file of rules, changed or of your own, that REST cannot change."
    )
    retention_days: float | None = Field(
        default=None, gt=0, description="Days after its end at which a run is purged; unset keeps every run."
    )
    quota_bytes: int | None = Field(
        default=None,
        gt=0,
        description="Bytes of points of each project, beyond which its oldest ended runs are purged.",
    )
    project_keeping: Annotated[dict[str, ProjectKeeping], NoDecode] = Field(
        default_factory=dict,
        description='Retention and quota of single projects, as JSON: {"name": {"retention_days": 30}}.',
    )
    audit_days: float | None = Field(
        default=None, gt=0, description="Days for which it is kept who did what; unset keeps it for ever."
    )
    alert_gather: float = Field(
        default=10.0, ge=0, description="Seconds before a new alert is told: what follows from it is named with it."
    )
    alert_settle: float = Field(default=60.0, ge=0, description="Seconds that an alert is over before that is told.")
    alert_cooldown: float = Field(
        default=900.0,
        ge=0,
        description="Seconds before an alert that fires again is told again, unless it is worse.",
    )
    public_url: str | None = Field(
        default=None,
        description="Where people reach the page, for links in messages; else the address listened on.",
    )
    webhook_allow_private: bool = Field(
        default=False, description="Let webhooks go to private, link-local and loopback addresses."
    )
    page: Path | None = Field(default=None, description="Folder of the built page, when it is not the packed one.")
    log_level: str = Field(default="warning", description="What the service prints: debug, info, warning or error.")

    @field_validator("allowed_hosts", "forwarded_allow_ips", mode="before")
    @classmethod
    def _split(cls, told: Any) -> Any:
        return (
            tuple(name.strip().lower() for name in told.split(",") if name.strip()) if isinstance(told, str) else told
        )

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _addresses(cls, told: tuple[str, ...]) -> tuple[str, ...]:
        for each in told:
            try:
                ipaddress.ip_network(each)
            except ValueError as fault:
                raise ValueError(f"{each!r} is no address and no network such as 10.0.0.0/8") from fault
        return told

    @field_validator("root_path")
    @classmethod
    def _is_path(cls, path: str) -> str:
        path = path.rstrip("/")
        if path and not ROOT_PATH.fullmatch(path):
            raise ValueError("the root path begins with / and is made of letters, digits and the signs - . _ ~ /")
        return path

    @field_validator("project_keeping", mode="before")
    @classmethod
    def _read(cls, told: Any) -> Any:
        return json.loads(told or "{}") if isinstance(told, str) else told

    @field_validator("token")
    @classmethod
    def _sendable(cls, token: str | None) -> str | None:
        if not token:
            return None
        if not TOKEN.fullmatch(token):
            raise ValueError("a token is made of letters, digits and the signs - . _ ~")
        return token

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, url: str | None) -> str | None:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("the public URL begins with http:// or https://")
        return url or None

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level not in ("debug", "info", "warning", "error"):
            raise ValueError("the log level is debug, info, warning or error")
        return level

    @property
    def page_url(self) -> str | None:
        """Where the page is reached; None where only the caller can know."""
        if self.public_url or not self.port:
            return self.public_url
        name = f"[{self.host}]" if ":" in self.host else self.host
        return None if self.host in ("0.0.0.0", "::") else f"http://{name}:{self.port}{self.root_path}"  # noqa: S104 - only compared

    @property
    def asks_for_token(self) -> bool:
        """Whether a request for data must bring a token; where not, one that brings none may do everything."""
        return self.require_token or self.token is not None or not (self.insecure or is_loopback(self.host))

    def refusal(self, *, has_tokens: bool = False) -> str | None:
        """Say in one sentence why the service must not start with these settings, or None if it may.

        `has_tokens`: whether there is a live token in the database.
        """
        if not self.asks_for_token or self.token is not None or has_tokens:
            return None
        remedy = "set LINESIDE_TOKEN (or --token), make one with `lineside token create NAME --scope admin`"
        if self.require_token:
            return f"A token is asked for and there is none: {remedy}, or leave --require-token out."
        return f"{self.host} can be reached from other machines: {remedy}, or give --insecure if that is meant."


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Tell whether a host name or address literal stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
