"""The gateway's tables: the only place where its processes meet.

Rules
1. Rows of `segments`, `quarantine` (first sight), `entries`, `batches` and `batch_heads` are facts:
   inserted once, never edited (`segments.entered` and `quarantine.count` are progress, not facts).
2. `(node, counter)` is the identity of a segment, `(token, position)` of an evidence entry,
   `(gateway, seq)` of a batch: inserting one again changes nothing.
3. Times are Unix milliseconds from the injected clock; digests and node ids are raw bytes.
4. A token id fits 63 bits.
5. Whoever changes `nodes` or `assignments` also raises `meta.registry_version` in the same
   transaction: by it the other processes see that what they cached is old.
6. A partial index serves a query only when the query says the same condition: ask with
   `segments.c.entered.is_(False)`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

meta = Table(  # deployment text, audience, schema notes
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

nodes = Table(  # who may seal, and until when
    "nodes",
    metadata,
    Column("node", LargeBinary(8), primary_key=True),
    Column("public_key", LargeBinary(32), nullable=False, unique=True),
    Column("receipt_key", LargeBinary(32), nullable=False),
    Column("label", Text, nullable=False, default=""),
    Column("enrolled_ms", BigInteger, nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("revoked_reason", Text),
)

shipments = Table(  # what a token stands for
    "shipments",
    metadata,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("label", Text, nullable=False, default=""),
    Column("profile_name", Text, nullable=False),
    Column("profile_digest", LargeBinary(32), nullable=False),
    Column("profile_text", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("closed_ms", BigInteger),
)

assignments = Table(  # which node watches which shipment, from when to when
    "assignments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", BigInteger, nullable=False, index=True),
    Column("node", LargeBinary(8), nullable=False, index=True),
    Column("from_ms", BigInteger, nullable=False),
    Column("to_ms", BigInteger),
    Column("entered", Boolean, nullable=False, default=False),
    Column("released_entered", Boolean, nullable=False, default=False),
    Column("person", Text, nullable=False, default=""),
)

segments = Table(  # verified evidence, as received
    "segments",
    metadata,
    Column("node", LargeBinary(8), nullable=False),
    Column("counter", BigInteger, nullable=False),
    Column("seal_digest", LargeBinary(32), nullable=False),
    Column("previous", LargeBinary(32), nullable=False),
    Column("boot", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("flags", BigInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("uptime_ms", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("clock_source", Integer, nullable=False),
    Column("clock_error_ms", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("model", LargeBinary(32), nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("entered", Boolean, nullable=False, default=False),
    PrimaryKeyConstraint("node", "counter"),
    sqlite_with_rowid=True,
)
Index("segments_pending", segments.c.entered, sqlite_where=segments.c.entered.is_(False))

quarantine = Table(  # what was refused, with its bytes
    "quarantine",
    metadata,
    Column("digest", LargeBinary(32), nullable=False),
    Column("error", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("got", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("node", LargeBinary(8)),
    Column("counter", BigInteger),
    Column("authentic", Boolean, nullable=False, default=False),  # its node's key did sign it
    Column("seal_digest", LargeBinary(32)),  # this and the next: only of authentic ones
    Column("previous", LargeBinary(32)),
    Column("raw", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),  # of what came; raw is cut at a limit
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("count", Integer, nullable=False, default=1),
    PrimaryKeyConstraint("digest", "error"),
)
Index("quarantine_authentic", quarantine.c.node, sqlite_where=quarantine.c.authentic.is_(True))
Index("quarantine_recent", quarantine.c.last_ms)

entries = Table(  # the evidence log of each shipment, in order
    "entries",
    metadata,
    Column("token", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("type", Integer, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("node", LargeBinary(8)),
    Column("counter", BigInteger),
    Column("time_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("token", "position"),
)
Index("entries_by_segment", entries.c.node, entries.c.counter)

requests = Table(  # what staff asked for; the recorder turns each into an entry
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # leg | review | close
    Column("body", Text, nullable=False),  # JSON
    Column("person", Text, nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("entered", Boolean, nullable=False, default=False),
)

outbox = Table(  # changes of condition on their way to the chain
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),  # the verdict's entry
    Column("condition", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("health", Integer, nullable=False),
    Column("rule", Integer, nullable=False),
    Column("score", BigInteger, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("seq", BigInteger),  # the batch it went into; null while it waits
)
Index("outbox_verdict", outbox.c.token, outbox.c.position, unique=True)

batches = Table(  # one post() each, frozen before the first transaction is sent
    "batches",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("content_id", LargeBinary(32), nullable=False),
    Column("updates", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # frozen | sent | mined | final
    Column("tx_hash", LargeBinary(32)),
    Column("block", BigInteger),
    Column("block_hash", LargeBinary(32)),
    Column("gas_used", BigInteger),
    Column("mined_ms", BigInteger),
)

batch_heads = Table(  # which state of each evidence log a batch anchors
    "batch_heads",
    metadata,
    Column("seq", BigInteger, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("seq", "token"),
    ForeignKeyConstraint(["seq"], ["batches.seq"]),
)

transactions = Table(  # every raw transaction, stored before it is sent
    "transactions",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("max_fee", Text, nullable=False),
    Column("sent_ms", BigInteger, nullable=False),
    Column("result", Text),  # null | mined | replaced | reverted
)

counters = Table(  # running totals that outlive a restart: accepted, refused.<name>, redelivered …
    "counters",
    metadata,
    Column("name", Text, nullable=False),
    Column("node", LargeBinary(8), nullable=False, default=b""),
    Column("value", BigInteger, nullable=False, default=0),
    PrimaryKeyConstraint("name", "node"),
)

drift = Table(  # the drift test's state, one row per model and sensor type
    "drift",
    metadata,
    Column("model", LargeBinary(32), nullable=False),
    Column("sensors", LargeBinary(4), nullable=False),  # the sensor type, see health/counting.py
    Column("units", BigInteger, nullable=False, default=0),
    Column("state", Text, nullable=False),  # JSON
    PrimaryKeyConstraint("model", "sensors"),
)

drift_units = Table(  # what a node has sent of a shipment in a month, as far as the test counts it
    "drift_units",
    metadata,
    Column("model", LargeBinary(32), nullable=False),
    Column("sensors", LargeBinary(4), nullable=False),
    Column("node", LargeBinary(8), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("month", Integer, nullable=False),
    Column("hour", BigInteger, nullable=False),  # of the last window counted
    Column("state", Text),  # JSON; null: the unit is full and was taken
    PrimaryKeyConstraint("model", "sensors", "node", "token", "month"),
)

model_health = Table(  # facts about models, apart from all evidence; inserted once, never edited
    "model_health",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", LargeBinary(32), nullable=False),
    Column("sensors", LargeBinary(4), nullable=False),
    Column("event", Text, nullable=False),  # drift | over
    Column("since_ms", BigInteger, nullable=False),
    Column("noted_ms", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON
)
Index("model_health_of", model_health.c.model, model_health.c.sensors)

releases = Table(  # what nodes may be told to run, as it was signed
    "releases",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of the sealed manifest
    Column("component", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("parcel", LargeBinary, nullable=False),
    UniqueConstraint("component", "number"),
)

offers = Table(  # which node is offered which release, and what it said of it
    "offers",
    metadata,
    Column("node", LargeBinary(8), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("offered_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # offered | installed | refused
    Column("offset", BigInteger, nullable=False),
    Column("said", Text, nullable=False),
    PrimaryKeyConstraint("node", "digest"),
    ForeignKeyConstraint(["digest"], ["releases.digest"]),
)
