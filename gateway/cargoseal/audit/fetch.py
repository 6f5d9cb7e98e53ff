"""Where a bundle comes from: a file, or a gateway's address.

A gateway is asked for bytes only. What they say is checked like any other's.
"""

import http.client
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from cargoseal.errors import InputError, LinkError
from cargoseal.evidence.bundle import MAX_BUNDLE_BYTES

TIMEOUT_S = 60


def fetch_bundle(source: str, token: int) -> bytes:
    """The bundle's bytes from a file, or from http(s)://… of a gateway or of a bundle itself.

    Raises InputError (no such file, no address) or LinkError (no bundle comes from there).
    """
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise InputError(f"{source}: expected a file or an address, got: {error}") from error
    if parts.scheme in ("http", "https"):
        path = parts.path.rstrip("/")
        if not path.endswith("/bundle"):
            path += f"/token/{token}/bundle"
        return _download(parts._replace(path=path).geturl())
    path_of_file = Path(source)
    try:
        if path_of_file.stat().st_size > MAX_BUNDLE_BYTES:
            raise InputError(f"{source}: expected at most {MAX_BUNDLE_BYTES} bytes, got more")
        return path_of_file.read_bytes()
    except OSError as error:
        raise InputError(f"{source}: expected a readable bundle file, got: {error}") from error


def _download(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310  http(s) only
            data: bytes = answer.read(MAX_BUNDLE_BYTES + 1)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise LinkError(f"{url}: expected a bundle, got: {error}") from error
    if len(data) > MAX_BUNDLE_BYTES:
        raise LinkError(f"{url}: expected at most {MAX_BUNDLE_BYTES} bytes, got more")
    return data
