"""The manifest of a release: what comes back, and what is refused."""

from cargoseal_wire import cbor
from cargoseal_wire import release as rel
from cargoseal_wire.errors import WireError
from tests.node.both.updates import manifest, sealed

FILES = {"lib/one.mpy": b"1", "two.mpy": b"22"}


def refused(call, *args):
    """The WireError that the call raises."""
    try:
        call(*args)
    except WireError as error:
        return error
    raise AssertionError("not refused")


def decoded(made):
    return rel.decode_manifest(made.encode())


def test_a_manifest_comes_back():
    made = manifest(rel.APPLICATION, 3, FILES, arch="xtensawin", needs=2)
    back = decoded(made)
    assert back.encode() == made.encode()
    assert (back.component, back.number, back.arch) == (0, 3, "xtensawin")
    assert back.files == made.files


def test_a_sealed_release_gives_back_manifest_and_signature():
    made = manifest(rel.MODEL, 3, FILES)
    encoded, signature = rel.open_release(sealed(made))
    assert encoded == made.encode()
    assert len(signature) == 64


def test_a_release_is_no_segments_seal():
    from cargoseal_wire.seal import decode_seal

    refused(decode_seal, sealed(manifest(rel.MODEL, 3, FILES)))


def test_refuses_names_that_lead_out_of_the_folder():
    for name in (
        "/main.py",
        "../main.py",
        "a/../../b",
        "a//b",
        "",
        "a/",
        ".",
        "a\\b",
        "ä.py",
        "x" * 65,
    ):
        made = manifest(rel.MODEL, 3, {name: b"x"})
        assert refused(made.encode).where == "release.manifest.files.name"


def test_refuses_a_name_twice_no_file_and_too_many():
    made = manifest(rel.MODEL, 3, FILES)
    made.files = made.files + made.files[:1]
    refused(made.encode)
    made.files = []
    refused(made.encode)
    many = {"f" + str(at): b"" for at in range(rel.MAX_FILES + 1)}
    refused(rel.decode_manifest, _forced(manifest(rel.MODEL, 3, many)))


def _forced(made):
    """The bytes without the encoder's checks."""
    rows = [[one.name, one.size, one.digest] for one in made.files]
    return cbor.encode(
        [1, made.component, made.number, made.arch, list(made.formats), made.needs, rows]
    )


def test_refuses_numbers_out_of_range():
    for changes in (
        {"component": 4},
        {"number": 0},
        {"number": 2**32},
        {"needs": -1},
        {"formats": (0, 256)},
    ):
        made = manifest(rel.MODEL, 3, FILES)
        for name, value in changes.items():
            setattr(made, name, value)
        refused(rel.decode_manifest, _forced(made))


def test_refuses_a_cut_or_longer_release():
    data = sealed(manifest(rel.MODEL, 3, FILES))
    for end in range(0, len(data), 5):
        refused(rel.open_release, data[:end])
    refused(rel.open_release, data + b"\x00")
