"""Which verdicts go on chain.

Rules
1. A token is minted sound and without doubts. A verdict is posted when it states another condition
   or other doubts than the token has after everything posted and reviewed before it.
2. A review is no posting: the reviewer's own transaction sets the condition on chain.
3. Findings that change neither stay in the log: they are evidence, not news.
"""

from cargoseal.evidence.entries import Entry, Review, Verdict
from cargoseal.policy.terms import Condition, Doubt


class Posted:
    """Follows a log and says of each verdict whether it must be posted."""

    def __init__(self) -> None:
        self.condition, self.doubts = Condition.SOUND, Doubt(0)

    def feed(self, entry: Entry) -> bool:
        """The log's next entry; True when it is a verdict to post."""
        if isinstance(entry, Review):
            self.condition = entry.condition
        if not isinstance(entry, Verdict):
            return False
        news = (entry.condition, entry.doubts) != (self.condition, self.doubts)
        self.condition, self.doubts = entry.condition, entry.doubts
        return news
