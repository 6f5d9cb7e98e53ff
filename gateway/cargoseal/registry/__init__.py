"""The registry: who may seal, what is shipped, who watches it, what staff asked for.

Rules
1. Nothing here is deleted: a node is revoked, an assignment ends, a shipment is closed.
2. A node watches at most one shipment at a time.
3. Every function takes an open Store and plain values, does one transaction, and returns frozen
   records. What is not possible raises UsageError and has changed nothing.
4. Asking for what is already so (enrolling a node again with the same keys, assigning it again to
   the shipment it watches) changes nothing and is no error: a command may be repeated.
5. A change of nodes or assignments raises `registry_version` in the same transaction.
"""

from cargoseal.registry.checks import registry_version
from cargoseal.registry.nodes import Node, enroll_node, find_node, list_nodes, revoke_node
from cargoseal.registry.requests import REQUEST_KINDS, Request, ask, list_requests
from cargoseal.registry.shipments import (
    MAX_TOKEN,
    Assignment,
    Shipment,
    assign_node,
    create_shipment,
    get_shipment,
    list_assignments,
    list_shipments,
    release_node,
    waiting_verdicts,
)
from cargoseal.registry.totals import (
    Refusal,
    Totals,
    refusals,
    refused_bytes,
    totals,
    totals_by_node,
)

__all__ = [
    "MAX_TOKEN",
    "REQUEST_KINDS",
    "Assignment",
    "Node",
    "Refusal",
    "Request",
    "Shipment",
    "Totals",
    "ask",
    "assign_node",
    "create_shipment",
    "enroll_node",
    "find_node",
    "get_shipment",
    "list_assignments",
    "list_nodes",
    "list_requests",
    "list_shipments",
    "refusals",
    "refused_bytes",
    "registry_version",
    "release_node",
    "revoke_node",
    "totals",
    "totals_by_node",
    "waiting_verdicts",
]
