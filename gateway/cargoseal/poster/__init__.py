"""From the outbox to the chain: each verdict exactly once, whatever happens in between.

rules.py decides, ledger.py remembers, relay.py sees and sends; poster.py is the step that uses
them, daemon.py the process around it.
"""

from cargoseal.poster.daemon import run_poster
from cargoseal.poster.poster import Poster, Settings

__all__ = ["Poster", "Settings", "run_poster"]
