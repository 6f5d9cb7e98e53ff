"""Numbers that are the same on both interpreters, from a fixed seed (not for keys)."""


class Lcg:
    """A linear congruential generator of 31 bits (ANSI C's); the low bits are not used."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """A number in 0 … limit-1, for a limit up to 2^60."""
        value = 0
        for _ in range(4):
            self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
            value = value << 16 | (self._state >> 15)
        return value % limit

    def signed(self, limit: int) -> int:
        """A number in -limit … limit-1."""
        return self.below(2 * limit) - limit

    def bytes(self, size: int) -> bytes:
        return bytes([self.below(256) for _ in range(size)])
