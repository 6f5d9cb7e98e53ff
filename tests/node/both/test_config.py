"""A node's settings: every mistake names its key, what was expected and what came."""

from node.config import Config, ConfigError


def good(**changes):
    values = {
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "broker": {"host": "gateway", "port": 1883},
    }
    values.update(changes)
    return values


def refused(values):
    try:
        Config(values)
    except ConfigError as error:
        return str(error)
    raise AssertionError("this config was taken")


def test_defaults_are_stated_in_one_place():
    config = Config(good())
    assert (config.max_readings, config.sample_ms, config.keep_alive_s) == (60, 60000, 60)
    assert config.model is None and config.seed is None and config.anomaly_threshold is None
    assert config.alarms["shock_mg"] == 5000 and config.alarms["light"] is None


def test_given_values_are_taken():
    config = Config(
        good(seed="00" * 32, model="0011", sensors="01" * 8, username="n", password="p")
    )
    assert config.seed == bytes(32) and config.model == b"\x00\x11"
    assert (config.username, config.password, config.sensors) == ("n", "p", b"\x01" * 8)
    assert Config(good(alarms={"shock_mg": None, "door": False})).alarms["door"] is False


def test_mistakes_are_named():
    for changes, words in (
        ({"max_reading": 5}, ("max_reading", "unknown")),
        ({"max_readings": 0}, ("max_readings", "1 to 256", "0")),
        ({"max_readings": True}, ("max_readings", "true")),
        ({"max_readings": "60"}, ("max_readings", "a str")),
        ({"audience": "22"}, ("audience", "32 bytes", "1")),
        ({"audience": "zz" * 32}, ("audience", "hexadecimal")),
        ({"audience": None}, ("audience", "nothing")),
        ({"receipt_key": 5}, ("receipt_key", "hexadecimal text", "5")),
        ({"seed": "00"}, ("seed", "32 bytes")),
        ({"model_digest": "00"}, ("model_digest", "32 bytes")),
        ({"broker": {"host": "x"}}, ("broker", "host and port")),
        ({"broker": {"host": "x", "port": 0}}, ("broker.port", "1 to 65535", "0")),
        ({"broker": {"host": 1, "port": 1}}, ("broker.host", "text")),
        ({"broker": None}, ("broker", "nothing")),
        ({"alarms": {"shock": 1}}, ("alarms.shock", "a known alarm")),
        ({"alarms": {"door": 1}}, ("alarms.door", "true or false")),
        ({"alarms": {"shock_mg": -1}}, ("alarms.shock_mg", "-1")),
        ({"alarms": []}, ("alarms", "an object")),
        ({"anomaly_threshold": 1 << 24}, ("anomaly_threshold",)),
        ({"username": 5}, ("username", "text")),
    ):
        text = refused(good(**changes))
        for word in words:
            assert word.lower() in text.lower(), text


def test_secrets_are_not_in_error_texts():
    text = refused(good(receipt_key="ab" * 31))
    assert "abab" not in text
