"""The independent check: does a token follow from its evidence? Trusts the chain, no gateway."""

from cargoseal.audit.check import audit_bundle
from cargoseal.audit.fetch import fetch_bundle
from cargoseal.audit.result import Result, State, Step

__all__ = ["Result", "State", "Step", "audit_bundle", "fetch_bundle"]
