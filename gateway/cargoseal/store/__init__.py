"""The store: where the gateway's processes meet, and the only place where its state is.

`Store` opens it, `schema` names its tables; see database.py for the rules of reading and writing.
"""

from cargoseal.store.database import Store, raw_connection

__all__ = ["Store", "raw_connection"]
