"""One way to say that a call must be refused, for both interpreters."""

from cargoseal_wire.errors import WireError


def refused(call, *args, **named):
    """The WireError that the call raises; AssertionError when it raises none."""
    try:
        call(*args, **named)
    except WireError as error:
        return error
    raise AssertionError("not refused")
