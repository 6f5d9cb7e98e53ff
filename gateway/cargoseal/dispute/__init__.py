"""Anyone's proofs on chain from sealed evidence: what a gateway hides, and what it lied about.

`raising` finds a sealed segment that makes a token flagged, `refuting` an anchored leaf that is a
lie. Both check everything first by the contract's own rules, without the chain's gas, and say what
would be refused and why. `acting` sends what has been found. Nothing here needs the gateway.
"""
