"""Whether models still fit their world: the drift test's state, its open units, what it found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drift",
        sa.Column("model", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sensors", sa.LargeBinary(length=4), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model", "sensors"),
    )
    op.create_table(
        "drift_units",
        sa.Column("model", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sensors", sa.LargeBinary(length=4), nullable=False),
        sa.Column("node", sa.LargeBinary(length=8), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("model", "sensors", "node", "token", "month"),
    )
    op.create_table(
        "model_health",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sensors", sa.LargeBinary(length=4), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("noted_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("model_health_of", "model_health", ["model", "sensors"], unique=False)


def downgrade() -> None:
    for table in ("model_health", "drift_units", "drift"):
        op.drop_table(table)
