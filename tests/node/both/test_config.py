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
    assert config.models == [] and config.seed is None
    assert config.alarms["shock_mg"] == 5000 and config.alarms["light"] is None
    assert (config.burst.shock_mg, config.burst.lull_mg, config.burst.most_per_hour) == (
        2000, 500, 60,
    )  # fmt: skip


def test_given_values_are_taken():
    config = Config(
        good(seed="00" * 32, sensors="01" * 8, username="n", password="p", burst={"lull_ms": 80})
    )
    assert config.seed == bytes(32)
    assert (config.burst.lull_ms, config.burst.lull_mg) == (80, 500)
    assert (config.username, config.password, config.sensors) == ("n", "p", b"\x01" * 8)
    assert Config(good(alarms={"shock_mg": None, "door": False})).alarms["door"] is False


def test_tls_is_off_or_has_the_name_to_check():
    assert Config(good()).tls is None
    tls = Config(good(tls={"server_name": "broker.example", "since_ms": 7})).tls
    assert (tls.server_name, tls.since_ms) == ("broker.example", 7)
    assert Config(good(tls={"server_name": "broker.example"})).tls.since_ms == 0


def test_a_node_has_several_models_each_with_what_is_known_of_it():
    config = Config(
        good(models=[{"blob": "0011", "threshold": 7}, {"digest": "ab" * 32, "threshold": None}])
    )
    there, elsewhere = config.models
    assert (there.blob, there.digest, there.threshold) == (b"\x00\x11", None, 7)
    assert (elsewhere.blob, elsewhere.digest) == (None, b"\xab" * 32)
    assert elsewhere.threshold is None


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
        ({"model": "00"}, ("model", "unknown")),
        ({"models": {}}, ("models", "a list")),
        ({"models": ["00"]}, ("models[0]", "an object", "a str")),
        ({"models": [{}]}, ("models[0].blob", "the blob, or the digest", "nothing")),
        ({"models": [{"blob": 5}]}, ("models[0].blob", "hexadecimal text", "5")),
        ({"models": [{"blob": "00"}, {"digest": "00"}]}, ("models[1].digest", "32 bytes", "1")),
        ({"models": [{"blob": "00", "kind": 1}]}, ("models[0].kind", "unknown")),
        ({"models": [{"blob": "00", "threshold": 1 << 24}]}, ("models[0].threshold", "16777215")),
        ({"burst": []}, ("burst", "an object")),
        ({"burst": {"shock": 1}}, ("burst.shock", "a known setting")),
        ({"burst": {"shock_mg": 99}}, ("burst.shock_mg", "100 to 32767", "99")),
        ({"burst": {"before_ms": True}}, ("burst.before_ms", "1 to 10000", "true")),
        ({"burst": {"shock_mg": 400}}, ("burst", "go together", "lull_mg < shock_mg")),
        ({"broker": {"host": "x"}}, ("broker", "host and port")),
        ({"broker": {"host": "x", "port": 0}}, ("broker.port", "1 to 65535", "0")),
        ({"broker": {"host": 1, "port": 1}}, ("broker.host", "text")),
        ({"broker": None}, ("broker", "nothing")),
        ({"alarms": {"shock": 1}}, ("alarms.shock", "a known alarm")),
        ({"alarms": {"door": 1}}, ("alarms.door", "true or false")),
        ({"alarms": {"shock_mg": -1}}, ("alarms.shock_mg", "-1")),
        ({"alarms": []}, ("alarms", "an object")),
        ({"username": 5}, ("username", "text")),
        ({"tls": True}, ("tls", "an object", "true")),
        ({"tls": {}}, ("tls.server_name", "the name in", "nothing")),
        ({"tls": {"server_name": ""}}, ("tls.server_name", "the name in", "a str")),
        ({"tls": {"server_name": "a", "verify": False}}, ("tls.verify", "unknown")),
        ({"tls": {"server_name": "a", "since_ms": -1}}, ("tls.since_ms", "0 to", "-1")),
    ):
        text = refused(good(**changes))
        for word in words:
            assert word.lower() in text.lower(), text


def test_secrets_are_not_in_error_texts():
    text = refused(good(receipt_key="ab" * 31))
    assert "abab" not in text
