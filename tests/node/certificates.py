"""Certificates for tests, made by the `openssl` program: an authority, a broker, nodes."""

import shutil
import subprocess
from pathlib import Path

from tests.shared_data import absent

NAME = "broker.example"
_CONFIG = """
[ca]
default_ca = own
[own]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


class Authority:
    """A certificate authority in a folder of its own: `<name>.pem` and `<name>.key` for each."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            absent("openssl")
        folder.mkdir()
        self.folder = folder
        self.ca = folder / "ca.pem"
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(_CONFIG.format(folder=folder))
        self._key("ca")
        self._openssl(
            *("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Test authority"),
            *("-days", "3650", "-out", "ca.pem"),
        )

    def issue(
        self,
        name: str,
        common_name: str,
        start: str = "20200101000000Z",
        end: str = "20491231235959Z",
    ) -> tuple[Path, Path]:
        """(certificate, key) of a P-256 key, valid between two times (YYYYMMDDHHMMSSZ)."""
        self._key(name)
        self._openssl(
            *("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={common_name}"),
            *("-addext", f"subjectAltName=DNS:{common_name}", "-out", f"{name}.csr"),
        )
        self._openssl(
            *("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"),
            *("-startdate", start, "-enddate", end, "-notext"),
            *("-in", f"{name}.csr", "-out", f"{name}.pem"),
        )
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def _key(self, name: str) -> None:
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        result = subprocess.run(
            ["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr


def for_node(folder: Path, authority: Authority, issued: tuple[Path, Path]) -> Path:
    """A node's /tls: the authority it trusts, its own certificate and key."""
    folder.mkdir()
    shutil.copy(authority.ca, folder / "ca.pem")
    shutil.copy(issued[0], folder / "node.pem")
    shutil.copy(issued[1], folder / "node.key")
    return folder
