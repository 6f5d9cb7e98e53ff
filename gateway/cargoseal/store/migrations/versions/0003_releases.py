"""Releases for nodes, and which node is offered which."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("component", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("parcel", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
        sa.UniqueConstraint("component", "number"),
    )
    op.create_table(
        "offers",
        sa.Column("node", sa.LargeBinary(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("offered_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["releases.digest"]),
        sa.PrimaryKeyConstraint("node", "digest"),
    )


def downgrade() -> None:
    for table in ("offers", "releases"):
        op.drop_table(table)
