"""Bytes that a node and everybody who checks it must agree on.

Rules
1. One source for both interpreters: nothing is imported but array, binascii, hashlib, math, struct.
2. Every length is limited before anything is read, counted or allocated by it.
3. Nothing but WireError leaves a decoder; it says where, what was expected and what came.
4. Nothing here knows a clock, a socket, a file or a private key.
The normative description is cargoseal.cddl in this folder.
"""
