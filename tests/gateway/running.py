"""Runs an endpoint in a thread of the test's process, for tests that talk to it by socket."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cargoseal.ingest.committer import Committer
from cargoseal.ingest.endpoint import Endpoint, EndpointSettings
from cargoseal.release.desk import Desk


class FixedClock:
    """A clock that stands where a test puts it."""

    def __init__(self, now_ms: int) -> None:
        self.value = now_ms

    def now_ms(self) -> int:
        return self.value


class Running:
    """A running endpoint: its port, itself, and a way to run something inside its loop."""

    def __init__(self, port: int, endpoint: Endpoint, loop: asyncio.AbstractEventLoop) -> None:
        self.port = port
        self.endpoint = endpoint
        self.loop = loop


@contextmanager
def running_endpoint(
    committer: Committer,
    clock,
    settings: EndpointSettings | None = None,
    desk: Desk | None = None,
) -> Iterator[Running]:
    started: list[Running] = []
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        settled = settings or EndpointSettings(port=0, linger_s=0.005)
        endpoint = Endpoint(committer, clock, settled, desk)
        stopping = asyncio.Event()
        started.append(Running(await endpoint.start(), endpoint, loop))
        stop.append(stopping)
        ready.set()
        await stopping.wait()
        await endpoint.stop()

    stop: list[asyncio.Event] = []
    thread = threading.Thread(target=lambda: loop.run_until_complete(main()), daemon=True)
    thread.start()
    if not ready.wait(10):
        raise RuntimeError("the endpoint did not start")
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop[0].set)
        thread.join(10)
        loop.close()
