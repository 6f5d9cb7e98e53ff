"""Network time against a server of our own making, packet by packet (RFC 4330, RFC 5905)."""

from node.sntp import PACKET_BYTES, SntpError, reply, request

NONCE = bytes(range(1, 9))
TRUE = 1795219200123  # Unix ms at uptime 0
TO_UNIX_S = 2208988800


def stamp(unix_ms):
    """An NTP timestamp: seconds since 1900, modulo an era, and 2^-32 of a second."""
    seconds = unix_ms // 1000 + TO_UNIX_S
    fraction = (unix_ms % 1000 << 32) // 1000 + 1
    return (seconds & 0xFFFFFFFF).to_bytes(4, "big") + fraction.to_bytes(4, "big")


def answer(asked, received, transmitted, **other):
    """A server's reply to a request; times are Unix ms by its clock."""
    head = bytearray(16)
    head[0] = other.get("leap", 0) << 6 | other.get("version", 4) << 3 | other.get("mode", 4)
    head[1] = other.get("stratum", 2)
    head[4:8] = other.get("root_delay", 0).to_bytes(4, "big")
    head[8:12] = other.get("root_dispersion", 0).to_bytes(4, "big")
    head[12:16] = other.get("code", b"LOCL")
    return bytes(head) + stamp(received - 60000) + asked[40:] + stamp(received) + stamp(transmitted)


def refused(data, sent=1000, now=1100, nonce=NONCE):
    try:
        reply(data, nonce, sent, now)
    except SntpError as error:
        return error
    raise AssertionError("believed")


def test_a_request_is_48_bytes_of_a_client_with_its_nonce():
    data = request(NONCE)
    assert len(data) == PACKET_BYTES and data[0] == 0x23 and data[40:] == NONCE
    assert data[1:40] == bytes(39)


def test_the_true_time_is_always_within_the_bound():
    for there, held, back in (
        (20, 0, 20),
        (0, 5, 400),
        (400, 5, 0),
        (1, 0, 0),
        (0, 0, 0),
        (900, 50, 7),
    ):
        sent = 5000
        received = TRUE + sent + there
        now = sent + there + held + back
        wall, error = reply(answer(request(NONCE), received, received + held), NONCE, sent, now)
        assert abs(wall - (TRUE + now)) <= error, (there, back)
        assert error <= (there + back + 1) // 2 + 2


def test_what_the_server_says_of_itself_is_added_to_the_bound():
    plain = answer(request(NONCE), TRUE, TRUE)
    doubtful = answer(request(NONCE), TRUE, TRUE, root_delay=0x8000, root_dispersion=0x4000)
    assert reply(doubtful, NONCE, 0, 10)[1] - reply(plain, NONCE, 0, 10)[1] == 250 + 250


def test_the_seconds_that_start_anew_in_2036_are_told_from_1900():
    for moment in (2085978495000, 2085978496000, 2085978497500, 2200000000000):
        wall, _ = reply(answer(request(NONCE), moment, moment), NONCE, 0, 0)
        assert abs(wall - moment) <= 1


def test_an_answer_to_another_request_is_none():
    other = answer(request(bytes(8)), TRUE, TRUE)
    assert "another request" in str(refused(other))


def test_an_answer_cut_anywhere_is_none():
    whole = answer(request(NONCE), TRUE, TRUE)
    for size in range(PACKET_BYTES):
        refused(whole[:size])


def test_a_server_without_time_is_none():
    for more in ({"leap": 3}, {"stratum": 16}, {"stratum": 255}, {"mode": 3}, {"mode": 5}):
        refused(answer(request(NONCE), TRUE, TRUE, **more))
    for version in range(8):
        data = answer(request(NONCE), TRUE, TRUE, version=version)
        if 1 <= version <= 4:
            reply(data, NONCE, 1000, 1100)
        else:
            refused(data)
    assert reply(answer(request(NONCE), TRUE, TRUE, stratum=15), NONCE, 0, 10)
    for at in (32, 40):
        whole = answer(request(NONCE), TRUE, TRUE)
        refused(whole[:at] + bytes(8) + whole[at + 8 :])


def test_a_server_that_asks_to_be_left_alone_is_told_apart():
    error = refused(answer(request(NONCE), TRUE, TRUE, stratum=0, code=b"RATE"))
    assert error.refused and "RATE" in str(error)
    assert not refused(answer(request(NONCE), TRUE, TRUE, leap=3)).refused


def test_times_that_run_backwards_are_refused():
    assert "backwards" in str(refused(answer(request(NONCE), TRUE, TRUE - 5)))
    assert "backwards" in str(refused(answer(request(NONCE), TRUE, TRUE + 500)))
    assert "backwards" in str(refused(answer(request(NONCE), TRUE, TRUE), 1000, 999))
