"""The pages over a told story, in the test's process and in a real server for the browser."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.testclient import TestClient

from cargoseal.store import Store
from cargoseal.web.app import create_app
from tests.gateway.running import FixedClock
from tests.gateway.web.story import tell


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, FixedClock]]:
    store, clock = tell(tmp_path_factory.mktemp("story"))
    yield store, clock
    store.close()


@pytest.fixture(scope="session")
def pages(told: tuple[Store, FixedClock]) -> TestClient:
    return TestClient(create_app(*told, "story"), raise_server_exceptions=False)


@pytest.fixture(scope="session")
def site(told: tuple[Store, FixedClock]) -> Iterator[str]:
    """The address of a real server with the pages."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(create_app(*told, "story"), port=port, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)
