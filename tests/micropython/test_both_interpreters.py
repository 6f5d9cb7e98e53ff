"""Every file in a folder `both` passes in MicroPython too, test by test."""

import pytest

from tests.micropython.host import files_for_both, run_file


@pytest.mark.parametrize("file", files_for_both())
def test_the_same_file_passes_in_micropython(file: str) -> None:
    outcomes = run_file(file)
    failed = [f"{outcome.test}\n{outcome.failed}" for outcome in outcomes if outcome.failed]
    assert not failed, "\n\n".join(failed)
