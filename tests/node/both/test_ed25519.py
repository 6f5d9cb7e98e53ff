"""Ed25519 and SHA-512 against RFC 8032 and FIPS 180-4."""

from node.ed25519 import FIELD, ORDER, SigningKey, _encode, base_multiple
from node.sha512 import sha512

from cargoseal_wire.identity import node_id

RFC8032 = (  # section 7.1: secret, public, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)
BASE = bytes.fromhex("58" + "66" * 31)


def test_signs_the_vectors_of_rfc_8032():
    for secret, public, message, signature in RFC8032:
        key = SigningKey(bytes.fromhex(secret))
        assert key.public_key == bytes.fromhex(public)
        assert key.sign(bytes.fromhex(message)) == bytes.fromhex(signature)


def test_the_blind_does_not_change_the_signature():
    key = SigningKey(bytes(32))
    plain = key.sign(b"cargo")
    for blind in (2, 19, (1 << 255) - 20, FIELD // 3, 1 << 254):
        assert key.sign(b"cargo", blind) == plain


def test_small_and_large_multiples_of_the_base_point_are_right():
    assert _encode(*base_multiple(1, 1)) == BASE
    assert _encode(*base_multiple(0, 7)) == bytes([1]) + bytes(31)
    minus = bytearray(BASE)
    minus[31] |= 0x80  # the same y, the other x
    assert _encode(*base_multiple(ORDER - 1, 5)) == bytes(minus)


def test_a_seed_has_32_bytes():
    for size in (0, 31, 33, 64):
        try:
            SigningKey(bytes(size))
        except ValueError as error:
            assert "expected 32 bytes, got " + str(size) in str(error)
        else:
            raise AssertionError(size)


def test_a_node_is_named_by_its_key():
    key = SigningKey(bytes.fromhex(RFC8032[0][0]))
    assert node_id(key.public_key) == bytes.fromhex("21fe31dfa154a261")


def test_sha_512_of_fips_180_4():
    assert sha512(b"abc").hex() == (
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    )
    assert sha512().hex() == (
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
    )
    two_blocks = (
        b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        b"ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
    )
    assert sha512(two_blocks[:50], b"", two_blocks[50:]).hex() == (
        "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
        "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
    )
