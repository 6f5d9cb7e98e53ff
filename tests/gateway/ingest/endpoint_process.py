"""An ingest endpoint as a process of its own, for tests that kill it: DATABASE BATCH LINGER_MS."""

import asyncio
import sys

from cargoseal.clock import SystemClock
from cargoseal.ingest.committer import Committer
from cargoseal.ingest.endpoint import EndpointSettings
from cargoseal.ingest.run import serve
from cargoseal.release.desk import Desk
from cargoseal.store import Store
from tests.gateway.sealing import AUDIENCE, MODELS

if __name__ == "__main__":
    database, batch, linger_ms = sys.argv[1:4]
    with Store(database) as store:
        settings = EndpointSettings(port=0, batch=int(batch), linger_s=int(linger_ms) / 1000)
        asyncio.run(serve(Committer(store, AUDIENCE, MODELS), SystemClock(), settings, Desk(store)))
