"""The gateway's configuration: one TOML file, read once, checked as a whole.

Rules
1. An unknown key is an error, not a comment: a misspelt limit must not be silently without effect.
2. A combination that would be unsafe is refused at start, with what to change.
3. A relative path is relative to the folder of the file that names it.
"""

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cargoseal.errors import ConfigError
from cargoseal.urls import shown

Port = Annotated[int, Field(ge=0, le=65535)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

# Half of what the contracts are deployed with as the silence that makes tokens stale: one late
# heartbeat must not make them so. A replay's heartbeats are by its own clock, not the chain's.
MAX_HEARTBEAT_S = 5400


class Section(BaseModel):
    """A table of the file. Unknown keys are refused; values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ClockConfig(Section):
    """Where time comes from; without `file`, from the operating system."""

    file: Path | None = Field(
        default=None, description="a virtual clock's file, for replays only; none: the real time"
    )


class IngestConfig(Section):
    """How segments come in: the gateway's own MQTT endpoint, or a Mosquitto broker."""

    kind: Literal["endpoint", "mosquitto"] = Field(
        default="endpoint",
        description="`endpoint`: nodes connect to the gateway; `mosquitto`: to a broker",
    )
    host: str = Field(
        default="127.0.0.1", description="where the endpoint listens, or the broker's host"
    )
    port: Port = Field(default=1883, description="TCP port of the endpoint or of the broker")
    batch: int = Field(
        default=100, ge=1, le=5000, description="segments stored in one transaction, at most"
    )
    linger_ms: int = Field(
        default=20, ge=0, le=5000, description="how long a batch waits to become full, in ms"
    )
    max_connections: int = Field(
        default=2000, ge=1, le=20_000, description="nodes connected at once, at most (endpoint)"
    )
    tls_cert: Path | None = Field(
        default=None, description="own TLS certificate (PEM); with it goes tls_key"
    )
    tls_key: Path | None = Field(default=None, description="private key of tls_cert (PEM)")
    tls_ca: Path | None = Field(
        default=None,
        description="CA (PEM) that must have signed the nodes' or the broker's certificates",
    )
    username: str | None = Field(
        default=None, description="MQTT user that nodes must give, or that the broker is told"
    )
    password_file: Path | None = Field(
        default=None, description="file with the MQTT password of username"
    )
    client_id: str = Field(
        default="cargoseal-gateway", description="the gateway's MQTT name at a broker"
    )
    allow_plaintext: bool = Field(
        default=False, description="allow MQTT without TLS beyond this machine"
    )


class ChainConfig(Section):
    """Which chain the tokens live on, and the key the gateway posts with."""

    kind: Literal["anvil", "embedded", "rpc"] = Field(
        default="rpc",
        description="`rpc`: any node; `anvil`, `embedded`: a development chain, this machine only",
    )
    url: str = Field(
        default="http://127.0.0.1:8545", description="the node's JSON-RPC address, http or https"
    )
    chain_id: int = Field(default=31337, ge=1, description="the chain id that the node must answer")
    addresses: Path = Field(
        default=Path("addresses.json"), description="address book of the deployed contracts"
    )
    key_file: Path | None = Field(
        default=None, description="key file of the gateway, which signs the posts"
    )
    key_password_file: Path | None = Field(
        default=None, description="file with the password of the key files"
    )
    issuer_key_file: Path | None = Field(
        default=None,
        description="key file that mints tokens and registers nodes; none: key_file",
    )
    reviewer_key_file: Path | None = Field(
        default=None, description="key file of the person who reviews; never key_file"
    )
    confirmations: int = Field(
        default=2, ge=0, le=1000, description="blocks on top before a post counts as final"
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        """Messages never hold the address as it is: it may contain an API key."""
        address = shown(url)
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"expected an address such as https://host:port, got {address}")
        return url


class PosterConfig(Section):
    """How verdicts are batched and posted."""

    heartbeat_s: Positive = Field(
        default=3600,
        description="silence after which an empty post is made, in s; "
        f"at most {MAX_HEARTBEAT_S} without clock.file",
    )
    batch_max: int = Field(default=100, ge=1, le=500, description="verdicts in one post, at most")
    poll_ms: int = Field(
        default=500, ge=10, le=600_000, description="pause between two looks for work, in ms"
    )
    bump_after_s: Positive = Field(
        default=60, description="wait for a block before a higher fee is offered, in s"
    )
    deadline_s: Positive = Field(
        default=600, description="how long a signed post stays valid, in s"
    )


class RecorderConfig(Section):
    """How often stored segments are turned into evidence."""

    poll_ms: int = Field(
        default=100, ge=10, le=600_000, description="pause between two looks for work, in ms"
    )


class WebConfig(Section):
    """The read-only pages."""

    host: str = Field(default="127.0.0.1", description="where the pages are served")
    port: Port = Field(default=8080, description="TCP port of the pages")
    show_locations: bool = Field(default=False, description="show positions on the pages")
    allow_plaintext: bool = Field(default=False, description="allow plain http beyond this machine")


class Config(Section):
    """The whole file. Attribute names equal the keys of the TOML."""

    deployment: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[a-z0-9.-]+$",
        description="the deployment's name, part of what nodes seal for",
    )
    data_dir: Path = Field(description="folder of the gateway's database")
    clock: ClockConfig = ClockConfig()
    ingest: IngestConfig = IngestConfig()
    chain: ChainConfig = ChainConfig()
    poster: PosterConfig = PosterConfig()
    recorder: RecorderConfig = RecorderConfig()
    web: WebConfig = WebConfig()

    @property
    def database(self) -> Path:
        return self.data_dir / "gateway.db"

    @model_validator(mode="after")
    def _refuse_unsafe_combinations(self) -> Self:
        for reason in _unsafe(self):
            raise ValueError(reason)
        return self


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _same_file(one: Path | None, other: Path | None) -> bool:
    return (
        one is not None and other is not None and os.path.realpath(one) == os.path.realpath(other)
    )


def _unsafe(config: Config) -> list[str]:
    """Why these settings must not run together; each reason says what to change."""
    reasons = []
    ingest, chain, web = config.ingest, config.chain, config.web
    if not _is_loopback(ingest.host) and not ingest.allow_plaintext:
        tls = ingest.tls_cert if ingest.kind == "endpoint" else ingest.tls_ca
        if tls is None:
            key = "tls_cert and tls_key" if ingest.kind == "endpoint" else "tls_ca"
            reasons.append(
                f"ingest.host {ingest.host!r} is not this machine and MQTT would be unencrypted: "
                f"set ingest.{key}, or ingest.allow_plaintext = true on a network you trust"
            )
    if (ingest.tls_cert is None) != (ingest.tls_key is None):
        reasons.append("ingest.tls_cert and ingest.tls_key belong together: set both or neither")
    if ingest.kind == "endpoint" and ingest.tls_ca is not None and ingest.tls_cert is None:
        reasons.append(
            "ingest.tls_ca asks nodes for certificates, and without TLS nobody can be asked: set "
            "ingest.tls_cert and ingest.tls_key, or remove ingest.tls_ca"
        )
    if (ingest.username is None) != (ingest.password_file is None):
        reasons.append("ingest.username and ingest.password_file belong together: set both")
    if not _is_loopback(web.host) and not web.allow_plaintext:
        reasons.append(
            f"web.host {web.host!r} is reachable from other machines over plain http: keep "
            "127.0.0.1 behind a reverse proxy with TLS, or set web.allow_plaintext = true"
        )
    url = urlsplit(chain.url)
    if chain.kind != "rpc" and not _is_loopback(url.hostname or ""):
        reasons.append(
            f"chain.kind {chain.kind!r} is a development chain and chain.url {shown(chain.url)} is "
            'not this machine: set chain.kind = "rpc"'
        )
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        reasons.append(f"chain.url {shown(chain.url)} is unencrypted: use https")
    if config.clock.file is not None and not _is_loopback(url.hostname or ""):
        reasons.append(
            "clock.file is a virtual clock, for replays: it must not decide what goes to "
            f"{shown(chain.url)}; remove it, or use a chain on this machine"
        )
    if config.clock.file is None and config.poster.heartbeat_s > MAX_HEARTBEAT_S:
        reasons.append(
            f"poster.heartbeat_s: expected at most {MAX_HEARTBEAT_S}, got "
            f"{config.poster.heartbeat_s:g}: the contracts call tokens stale after three hours of "
            "silence unless deployed otherwise, and one late heartbeat must not reach that"
        )
    if _same_file(chain.reviewer_key_file, chain.key_file):
        reasons.append(
            "chain.reviewer_key_file equals chain.key_file: a person's review must not be signed "
            "by the key of the automation"
        )
    return reasons


def _absolute(value: Any, folder: Path, model: type[BaseModel]) -> Any:
    """The raw table with every path made absolute, wherever the model expects a Path."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, field in model.model_fields.items():
        if name not in result:
            continue
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            result[name] = _absolute(result[name], folder, annotation)
        elif isinstance(result[name], str) and (
            annotation is Path or Path in getattr(annotation, "__args__", ())
        ):
            result[name] = folder / Path(result[name]).expanduser()
    return result


def parse_config(text: str, path: Path) -> Config:
    """Checks the text of a configuration file; `path` names it in errors and anchors its paths.

    Raises ConfigError that names the file, the place, what was expected and what came.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: expected TOML, got: {error}") from error
    raw = _absolute(raw, path.resolve().parent, Config)
    chain = raw.setdefault("chain", {})
    if isinstance(chain, dict):  # if not, the model says so
        chain.setdefault("addresses", path.resolve().parent / "addresses.json")
    try:
        return Config.model_validate(raw)
    except ValidationError as error:
        lines = [_explain(dict(detail)) for detail in error.errors()]
        raise ConfigError("\n".join(f"{path}: {line}" for line in lines)) from error


def _explain(detail: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: expected a known key, got another; see the settings in README.md"
    if detail["type"] == "value_error":
        reason = str(detail["ctx"]["error"])
        return f"{place}: {reason}" if place else reason
    return f"{place}: {detail['msg']}, got {_got(detail.get('input'))}"


def _got(value: Any) -> str:
    """A value of the file for a message; of a table or a list only that it is one."""
    if isinstance(value, str) and "://" in value:
        return shown(value)
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    return repr(value)


def load_config(path: Path) -> Config:
    """Reads and checks a configuration file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a readable UTF-8 TOML file, got: {error}") from error
    return parse_config(text, path)
