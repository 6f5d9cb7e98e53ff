"""Checks of decoded CBOR: each gives back the value in its type, or says what was expected.

The type is compared exactly, since True is an int on CPython and not on MicroPython.
"""

from cargoseal_wire import cbor
from cargoseal_wire.errors import OversizedError, WireError, WrongVersionError, describe


def uint(value: object, below: int, where: str) -> int:
    """An unsigned int less than `below`."""
    return integer(value, 0, below - 1, where)


def integer(value: object, low: int, high: int, where: str) -> int:
    """An int in low … high, both included."""
    if type(value) is not int or value < low or value > high:
        raise WireError(where, "int in " + str(low) + " … " + str(high), describe(value))
    return value


def bstr(value: object, size: int, where: str) -> bytes:
    """Bytes of exactly this size."""
    if type(value) is not bytes or len(value) != size:
        raise WireError(where, str(size) + " bytes", describe(value))
    return value


def bstr_up_to(value: object, most: int, where: str) -> bytes:
    """Bytes of at most this size."""
    if type(value) is not bytes:
        raise WireError(where, "bytes", describe(value))
    if len(value) > most:
        raise OversizedError(where, "at most " + str(most) + " bytes", str(len(value)))
    return value


def array(value: object, size: int, where: str) -> list[object]:
    """A list of exactly this size."""
    if type(value) is not list or len(value) != size:
        raise WireError(where, "array of " + str(size), describe(value))
    return value


def array_up_to(value: object, most: int, where: str) -> list[object]:
    """A list of at most this size."""
    if type(value) is not list:
        raise WireError(where, "array", describe(value))
    if len(value) > most:
        raise OversizedError(where, "array of at most " + str(most), str(len(value)))
    return value


def decode_within(data: bytes, most: int, where: str) -> object:
    """The CBOR value in `data`, whose size is checked before it is read."""
    if not isinstance(data, bytes):
        raise WireError(where, "bytes", describe(data))
    if len(data) > most:
        raise OversizedError(where, "at most " + str(most) + " bytes", str(len(data)))
    return cbor.decode(data, where)


def versioned(value: object, version: int, size: int, where: str) -> list[object]:
    """A list of `size` that starts with the format's version; an unknown one is told first."""
    if type(value) is not list or not value:
        raise WireError(where, "array of " + str(size), describe(value))
    first = value[0]
    if type(first) is int and first != version:
        raise WrongVersionError(where, "version " + str(version), str(first))
    integer(first, version, version, where + ".version")
    return array(value, size, where)
