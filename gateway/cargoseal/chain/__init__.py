"""The chain as the gateway sees it: where it runs, who signs, which contracts, what they answer.

Rules
1. Nothing here decides what is posted; it carries and reports. Deciding is the poster's part.
2. A key is read from a file, signs, and is never printed, logged or part of an error.
3. A revert is reported by the name of the contract's error and its values, never as bare bytes.
"""
