"""What runs in MicroPython comes back in order, and its errors in words."""

import pytest

from cargoseal import scoring
from tests.micropython.host import results
from tests.score.both import bits

FILE = "tests/score/both/bits.py"
HEAP_KIB = 16 * 1024


def test_several_micropythons_give_their_results_in_the_order_of_the_calls() -> None:
    blob = scoring.shipped_models()[0].blob.hex()
    calls = [[blob, first, 3] for first in range(0, 21, 3)]
    assert list(results(FILE, "digest", calls, HEAP_KIB, 3)) == [bits.digest(*c) for c in calls]


def test_no_calls_give_no_results() -> None:
    assert list(results(FILE, "digest", [], HEAP_KIB, 2)) == []


def test_an_error_in_micropython_is_told_with_its_traceback() -> None:
    with pytest.raises(AssertionError, match=r"(?s)digest: Traceback.*ScoreError.*blob length"):
        list(results(FILE, "digest", [["00", 0, 1]], HEAP_KIB, 1))


def test_a_file_that_does_not_import_is_told() -> None:
    with pytest.raises(AssertionError, match="ended too early"):
        list(results("tests/score/both/nowhere.py", "digest", [[]], HEAP_KIB, 1))
