"""The evidence log of a shipment: append-only entries, their Merkle tree, and what leaves of it."""
