"""The application's own test, and that it notices what is broken."""

from node import selftest
from node.selftest import SelfTestFailed

from cargoseal_score import infer


def failing():
    try:
        selftest.run()
    except SelfTestFailed as error:
        return str(error)
    raise AssertionError("passed")


def test_passes_on_this_interpreter():
    selftest.run()


def test_notices_a_kernel_that_is_off_by_one():
    right = infer.run_layer

    def off(layer, x):
        y = right(layer, x)
        y[4] += 1
        return y

    infer.run_layer = off
    native, infer.native_layer = infer.native_layer, None
    try:
        assert "score" in failing()
    finally:
        infer.run_layer, infer.native_layer = right, native


def test_notices_a_signature_that_does_not_verify():
    right = selftest.verify
    selftest.verify = lambda *_: False
    try:
        assert "seal" in failing()
    finally:
        selftest.verify = right
