"""What a node is told at enrolment, as a checked value.

Rules
1. Every key is named here; an unknown one is refused, so that a misspelt limit is noticed.
2. A bad value is a ConfigError that names the key, what was expected and what came.
3. Secrets are not printed by anything here; the device key itself is not part of it, but for
   `seed`, which only simulated nodes have.
"""

import binascii

from cargoseal_score.trigger import BurstSettings
from cargoseal_wire.constants import MAX_RELEASE, MAX_TIME_MS


class ConfigError(ValueError):
    """A setting is missing or wrong."""

    def __init__(self, key: str, expected: str, got: str) -> None:
        self.key = key
        self.expected = expected
        self.got = got
        super().__init__("node config " + key + ": expected " + expected + ", got " + got)


# key: (lowest, highest, default)
_NUMBERS = {
    "max_readings": (1, 256, 60),
    "max_duration_ms": (1000, 7 * 86400000, 3600000),
    "sample_ms": (100, 86400000, 60000),
    "upload_ms": (0, 86400000, 0),
    "keep_alive_s": (0, 65535, 60),
    "spool_bytes": (65536, 16777216, 524288),
    "in_flight": (1, 16, 4),
    "answer_ms": (1000, 600000, 20000),
    "receipt_ms": (1000, 86400000, 60000),
    "reconnect_ms": (10, 600000, 1000),
    "reconnect_most_ms": (10, 3600000, 120000),
    "release": (0, MAX_RELEASE, 0),
}
_OPTIONAL = (
    "seed",
    "models",
    "username",
    "password",
    "sensors",
    "alarms",
    "burst",
    "release_key",
    "tls",
)
_REQUIRED = ("audience", "receipt_key", "broker")
# Alarm thresholds: at or above, but the battery: at or below. None switches one off.
ALARMS = {
    "shock_mg": 5000,
    "free_fall_ms": 100,
    "light": None,
    "low_battery_mv": 3300,
    "door": True,
    "mount": True,
}
# How bursts are cut from an accelerometer's stream: (lowest, highest); the defaults and what each
# is are in cargoseal_score.trigger.
BURST = {
    "shock_mg": (100, 32767),
    "lull_mg": (0, 1000),
    "lull_ms": (1, 10000),
    "wait_ms": (1, 10000),
    "before_ms": (1, 10000),
    "after_ms": (1, 10000),
    "rest_ms": (0, 3600000),
    "most_per_hour": (2, 3600),
    "gap_ms": (1, 10000),
}


class ModelSetting:
    """A model of the node: its blob, None when the board has it in a file; the digest it must have,
    None for any; the score from which a window is flagged and urgent, None for never."""

    def __init__(self, blob: bytes | None, digest: bytes | None, threshold: int | None) -> None:
        self.blob = blob
        self.digest = digest
        self.threshold = threshold


class TlsSetting:
    """The name in the broker's certificate, and the Unix time in ms at which the certificates were
    made, 0 when nobody said."""

    def __init__(self, server_name: str, since_ms: int) -> None:
        self.server_name = server_name
        self.since_ms = since_ms


class Config:
    """The settings of one node. Times in milliseconds, keys and digests as bytes."""

    def __init__(self, values: dict) -> None:
        """Takes the decoded JSON object. ConfigError as in rule 2."""
        for key in values:
            if key not in _NUMBERS and key not in _OPTIONAL and key not in _REQUIRED:
                raise ConfigError(str(key), "a known setting", "an unknown one")
        self.audience = _bytes(values, "audience", 32)
        self.receipt_key = _bytes(values, "receipt_key", 32)
        self.seed = _bytes(values, "seed", 32) if values.get("seed") is not None else None
        self.sensors = _bytes(values, "sensors", 8) if values.get("sensors") else bytes(8)
        self.models = _models(values.get("models"))
        self.host, self.port = _broker(values)
        self.username = _text(values, "username")
        self.password = _text(values, "password")
        self.alarms = _alarms(values.get("alarms"))
        self.burst = _burst(values.get("burst"))
        self.max_readings = _number(values, "max_readings")
        self.max_duration_ms = _number(values, "max_duration_ms")
        self.upload_ms = _number(values, "upload_ms")
        self.sample_ms = _number(values, "sample_ms")
        self.keep_alive_s = _number(values, "keep_alive_s")
        self.spool_bytes = _number(values, "spool_bytes")
        self.in_flight = _number(values, "in_flight")
        self.answer_ms = _number(values, "answer_ms")
        self.receipt_ms = _number(values, "receipt_ms")
        self.reconnect_ms = _number(values, "reconnect_ms")
        self.reconnect_most_ms = _number(values, "reconnect_most_ms")
        self.tls = _tls(values.get("tls"))
        self.release = _number(values, "release")
        self.release_key = (
            _bytes(values, "release_key", 32) if values.get("release_key") is not None else None
        )


def _number(values: dict, key: str) -> int:
    low, high, default = _NUMBERS[key]
    return _within(key, values.get(key, default), low, high)


def _within(key: str, value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(key, str(low) + " to " + str(high), _shown(value))
    return value


def _hex(key: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise ConfigError(key, "hexadecimal text", _shown(value))
    try:
        return binascii.unhexlify(value)
    except ValueError:
        raise ConfigError(key, "hexadecimal text", "text of length " + str(len(value))) from None


def _bytes(values: dict, key: str, size: int, where: str = "") -> bytes:
    data = _hex(where + key, values.get(key))
    if len(data) != size:
        raise ConfigError(where + key, str(size) + " bytes", str(len(data)))
    return data


def _text(values: dict, key: str) -> str | None:
    value = values.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigError(key, "text", _shown(value))
    return value


def _broker(values: dict) -> tuple[str, int]:
    broker = values.get("broker")
    if not isinstance(broker, dict) or sorted(broker) != ["host", "port"]:
        raise ConfigError("broker", "host and port", _shown(broker))
    if not isinstance(broker["host"], str):
        raise ConfigError("broker.host", "text", _shown(broker["host"]))
    return broker["host"], _within("broker.port", broker["port"], 1, 65535)


def _tls(values: object) -> TlsSetting | None:
    """None for a connection without TLS."""
    if values is None:
        return None
    if not isinstance(values, dict):
        raise ConfigError("tls", "an object", _shown(values))
    for key in values:
        if key not in ("server_name", "since_ms"):
            raise ConfigError("tls." + str(key), "server_name or since_ms", "an unknown one")
    name = values.get("server_name")
    if not isinstance(name, str) or not name:
        raise ConfigError("tls.server_name", "the name in the broker's certificate", _shown(name))
    return TlsSetting(name, _within("tls.since_ms", values.get("since_ms", 0), 0, MAX_TIME_MS))


def _models(values: object) -> list[ModelSetting]:
    """The models; which kind of window each is for is in its blob."""
    if values is None:
        return []
    if not isinstance(values, list):
        raise ConfigError("models", "a list", _shown(values))
    return [_model(value, "models[" + str(at) + "]") for at, value in enumerate(values)]


def _model(values: object, where: str) -> ModelSetting:
    if not isinstance(values, dict):
        raise ConfigError(where, "an object", _shown(values))
    where += "."
    for key in values:
        if key not in ("blob", "digest", "threshold"):
            raise ConfigError(where + str(key), "blob, digest or threshold", "an unknown one")
    blob, digest, threshold = values.get("blob"), values.get("digest"), values.get("threshold")
    if blob is None and digest is None:
        raise ConfigError(where + "blob", "the blob, or the digest of one in a file", "nothing")
    return ModelSetting(
        None if blob is None else _hex(where + "blob", blob),
        None if digest is None else _bytes(values, "digest", 32, where),
        None if threshold is None else _within(where + "threshold", threshold, 0, (1 << 24) - 1),
    )


def _burst(values: object) -> BurstSettings:
    """How bursts are cut, defaults where nothing is given."""
    if values is None:
        return BurstSettings()
    if not isinstance(values, dict):
        raise ConfigError("burst", "an object", _shown(values))
    for key, value in values.items():
        if key not in BURST:
            raise ConfigError("burst." + str(key), "a known setting", "an unknown one")
        low, high = BURST[key]
        _within("burst." + key, value, low, high)
    try:
        return BurstSettings(**values)
    except ValueError as error:
        raise ConfigError("burst", "settings that go together", str(error)) from None


def _alarms(values: object) -> dict:
    """The alarm thresholds, defaults where none is given."""
    alarms = dict(ALARMS)
    if values is None:
        return alarms
    if not isinstance(values, dict):
        raise ConfigError("alarms", "an object", _shown(values))
    for key, value in values.items():
        if key not in ALARMS:
            raise ConfigError("alarms." + str(key), "a known alarm", "an unknown one")
        if value is not None:
            if isinstance(ALARMS[key], bool):
                if not isinstance(value, bool):
                    raise ConfigError("alarms." + key, "true or false", _shown(value))
            else:
                _within("alarms." + key, value, 0, 1 << 24)
        alarms[key] = value
    return alarms


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return str(value) if isinstance(value, (bool, int)) else "a " + str(type(value).__name__)
