"""A full spool fits into a node's RAM, measured in real MicroPython."""

from tests.micropython.host import results

FILE = "tests/node/both/spool_ram.py"
COUNT = 2000


def test_a_waiting_segment_takes_seven_bytes_of_ram_and_a_file_a_constant() -> None:
    calls = [["fill", 10], ["forget"], ["look"], ["look"], ["fill", COUNT], ["look"], ["look"]]
    *_, empty, _, _, full = results(FILE, "step", calls, 8 * 1024, 1)
    files = COUNT // ((8192 - 222) // 222)
    each = (full - empty) / COUNT
    print(
        f"RAM of {COUNT} waiting segments in {files} files: {full - empty} bytes, {each:.1f} each"
    )
    assert 7 < each < 7 + 1000 * files / COUNT
    assert each < 30
