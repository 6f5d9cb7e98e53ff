"""Ingest: from a socket to the store.

bytes → (endpoint | broker) → batcher → committer → store, and only then PUBACK and receipt back.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cargoseal.config import Config


def run_ingest(config: "Config") -> None:
    """The ingest process: blocks until SIGTERM or SIGINT; prints "READY ingest HOST PORT".

    Raises ConfigError, LinkError or StoreError.
    """
    from cargoseal.ingest.run import run_ingest as run  # the process alone pays for all imports

    run(config)
