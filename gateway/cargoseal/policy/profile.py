"""Profiles: which rules decide about a kind of goods, with their numbers.

Rules
1. A profile is a TOML file. A key that is not known is an error; so is a rule that cannot work.
2. What decides is the validated profile with every default written out, as deterministic CBOR
   (`canonical`); its SHA-256 is the profile's digest, on chain and in every evidence log.
   Comments and layout change nothing.
3. Numbers are exact: decimals as written, durations in whole minutes or milliseconds.
4. Minutes are of known time only; what is not known is never counted (see exposure.py).
"""

import hashlib
import tomllib
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from cargoseal.errors import ProfileError
from cargoseal.policy.plausibility.rules import Plausibility
from cargoseal.policy.rules import (
    MINUTE_MS,
    Anomaly,
    Clock,
    Corroboration,
    Departure,
    Door,
    FreeFall,
    Gap,
    Handling,
    Legs,
    Limit,
    Name,
    Shock,
    Silence,
    Table,
    Tamper,
    Text,
)
from cargoseal_wire import cbor
from cargoseal_wire.errors import WireError

__all__ = ["MINUTE_MS", "Limit", "Profile", "load_profile", "parse_profile", "shipped_profiles"]

SCHEMA = 1
SHIPPED = Path(__file__).resolve().parent.parent / "profiles"
MAX_PROFILE_BYTES = 65_536
RULE_NAMES = (
    "limit",
    "anomaly",
    "handling",
    "tamper",
    "door",
    "free_fall",
    "shock",
    "gap",
    "silence",
)


class Profile(Table):
    """The whole file. A table that is left out is a rule that is off."""

    schema_: Annotated[int, Field(alias="schema", ge=SCHEMA, le=SCHEMA)]
    name: Name
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    title: Text
    source: Annotated[str, Field(max_length=1000)] = ""
    limit: tuple[Limit, ...] = ()
    anomaly: Anomaly | None = None
    handling: Handling | None = None
    tamper: Tamper | None = None
    door: Door | None = None
    free_fall: FreeFall | None = None
    shock: tuple[Shock, ...] = ()
    gap: Gap
    silence: Silence
    clock: Clock = Clock()
    corroboration: Corroboration | None = None
    plausibility: Plausibility | None = None
    departure: Departure = Departure()
    legs: Legs = Legs()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [rule.name for rule in self.limit] + [rule.name for rule in self.shock]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"expected each rule's name once, got {sorted(twice)[0]!r} twice")
        known = {*RULE_NAMES, *names}
        for leg, rules in self.legs.off.items():
            for rule in rules:
                if rule not in known:
                    raise ValueError(
                        f"legs.off.{leg}: expected names of rules ({', '.join(sorted(known))}), "
                        f"got {rule!r}"
                    )
        return self

    @cached_property
    def canonical(self) -> bytes:
        """The profile as it is in the evidence log: deterministic CBOR, defaults written out."""
        return cbor.encode(_plain(self.model_dump(by_alias=True)))

    @cached_property
    def digest(self) -> bytes:
        return hashlib.sha256(self.canonical).digest()

    @property
    def text(self) -> str:
        """The TOML this profile was read from; empty for one from an evidence log."""
        return self._text

    _text: str = PrivateAttr("")

    @property
    def leg_names(self) -> list[str]:
        """The legs that mean something to this profile; another name changes nothing."""
        return sorted({self.legs.start, self.departure.leg, *self.legs.off})

    def is_on(self, leg: str, *rule: str) -> bool:
        """Whether a rule, called by any of its names, decides during a leg."""
        return not set(rule) & set(self.legs.off.get(leg, ()))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def _explain(detail: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in detail["loc"]) or "profile"
    if detail["type"] == "extra_forbidden":
        return f"{place}: expected a known key, got {detail['input']!r}"
    if detail["type"] == "value_error":
        return f"{place}: {detail['ctx']['error']}"
    if detail["type"] == "missing":
        return f"{place}: expected this key, got nothing"
    return f"{place}: expected {_lower_first(detail['msg'])}, got {detail.get('input')!r}"


def _lower_first(message: str) -> str:
    message = message.removeprefix("Input should be ")
    return message[:1].lower() + message[1:]


def _validate(raw: object, where: str) -> Profile:
    try:
        return Profile.model_validate(raw)
    except ValidationError as error:
        lines = [f"{where}: {_explain(dict(detail))}" for detail in error.errors()]
        raise ProfileError("\n".join(lines)) from error


def _refuse_loose_numbers(value: object, where: str, place: str = "") -> None:
    """TOML has types: a number in quotes or a true in place of one is a mistake, not a number."""
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_loose_numbers(item, where, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_loose_numbers(item, where, f"{place}.{index}")
    elif isinstance(value, bool):
        raise ProfileError(f"{where}: {place}: expected a number or a text, got {value!r}")
    elif isinstance(value, str) and place.split(".")[-1] not in _TEXT_KEYS and "off" not in place:
        raise ProfileError(f"{where}: {place}: expected a number, got the text {value!r}")


_TEXT_KEYS = {"name", "title", "source", "channel", "kind", "severity", "leg", "start"}


def parse_profile(text: str, where: str = "profile") -> Profile:
    """Checks the TOML text of a profile; `where` names it in errors.

    Raises ProfileError that names the file, the place, what was expected and what came.
    """
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where}: expected TOML, got: {error}") from error
    profile = _validate(raw, where)
    _refuse_loose_numbers(raw, where)
    profile._text = text
    return profile


def profile_from_canonical(data: bytes) -> Profile:
    """The profile of an evidence log. Raises ProfileError unless `data` is canonical."""
    try:
        raw = cbor.decode(data, "profile")
    except WireError as error:
        raise ProfileError(str(error)) from error
    profile = _validate(raw, "profile in the evidence log")
    if profile.canonical != data:
        raise ProfileError("profile in the evidence log: expected its canonical form, got another")
    return profile


def shipped_profiles() -> list[str]:
    """The names of the profiles that come with the gateway."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_profile(name_or_path: str | Path) -> Profile:
    """A shipped profile by its name, or one from a file. Raises ProfileError."""
    text = str(name_or_path)
    if isinstance(name_or_path, str) and text in shipped_profiles():
        path = SHIPPED / f"{text}.toml"
    else:
        path = Path(name_or_path)
        if not path.is_file():
            raise ProfileError(
                f"{text}: expected a file or one of {', '.join(shipped_profiles())}, got neither"
            )
    try:
        data = path.read_bytes()
        if len(data) > MAX_PROFILE_BYTES:
            raise ProfileError(
                f"{path}: expected at most {MAX_PROFILE_BYTES} bytes, got {len(data)}"
            )
        return parse_profile(data.decode("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: expected a readable UTF-8 TOML file, got: {error}") from error
