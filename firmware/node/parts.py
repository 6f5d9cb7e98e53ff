"""What the app is handed: every contact with the world, as small classes to fill in.

Rules
1. None of them blocks for longer than a few milliseconds; a part that needs longer says so later.
2. Times are milliseconds since boot, on a clock that never goes back.
3. A failure of the world is an OSError. Nothing else is caught.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from node.burst import Burst
    from node.reading import Reading
else:
    Protocol = object


class Flash(Protocol):
    """Files on a flash file system. What `append` wrote is there after a power cut once it
    returned; before that any first part of it may be."""

    def names(self) -> list[str]: ...
    def read(self, name: str) -> bytes: ...
    def read_at(self, name: str, offset: int, size: int) -> bytes: ...
    def append(self, name: str, data: bytes) -> None: ...
    def remove(self, name: str) -> None: ...


class Nvs(Protocol):
    """A few small values. After a power cut a value is the old or the new one, and the new one
    once `put` returned."""

    def get(self, key: str) -> bytes | None:
        """None only when there is no such value; OSError when it cannot be read."""
        ...

    def put(self, key: str, value: bytes) -> None: ...


class Sensors(Protocol):
    """Where readings come from: polled sensors, event reports, or a recording."""

    def poll(self, now: int) -> "list[Reading]":
        """The readings that are due or waiting, oldest first; a bounded number of them."""
        ...

    def bursts(self, now: int) -> "list[Burst]":
        """The bursts of an accelerometer that are finished, oldest first; a bounded number."""
        ...

    def skipped(self) -> int:
        """How many times the accelerometer was triggered without a burst: too soon, too many."""
        ...

    def wake(self, now: int) -> int | None:
        """When `poll` or `bursts` has something next, None when only an event can tell."""
        ...


class Transport(Protocol):
    """One byte stream to the broker, opened again and again."""

    def open(self) -> None:
        """Starts to connect, dropping what was open. OSError when that fails at once."""
        ...

    def ready(self) -> bool:
        """Whether the stream is open now. OSError when connecting failed."""
        ...

    def send(self, data: bytes) -> int:
        """How many bytes were taken, 0 when none can be now. OSError when the stream broke."""
        ...

    def receive(self) -> bytes | None:
        """Bytes that came, empty when none did, None when the other side closed."""
        ...

    def close(self) -> None: ...


class Random(Protocol):
    """Random bytes fit for salts and blinding."""

    def __call__(self, size: int) -> bytes: ...
