"""Releases for nodes: what they shall run, signed by a key that is none of the gateway's.

files (a folder, a model, settings) → `contents` → `parcel` (signed manifest and files, one file
that may lie anywhere) → `offers` (which node gets it) → the node asks for it piece by piece
(`dialogue`) → it runs on trial, and its next statement says its number.

The manifest and its rules are `cargoseal_wire.release`; what a node does with it is
firmware/node/update.
"""
