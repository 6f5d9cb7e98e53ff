"""RFC 9162 trees: known roots, every proof holds, no altered proof does."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

import hashlib

from cargoseal_wire import merkle
from cargoseal_wire.merkle import Frontier
from tests.wire.both.golden import load
from tests.wire.both.lcg import Lcg
from tests.wire.both.refusing import refused

# Leaves and roots of the certificate-transparency reference tree (RFC 6962 test data)
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def hashes(count):
    return [merkle.leaf_hash(b"leaf " + str(at).encode()) for at in range(count)]


def test_the_reference_tree_has_the_reference_roots():
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    for at, root in enumerate(ROOTS):
        assert merkle.root(leaves[: at + 1]).hex() == root


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert merkle.root([]) == hashlib.sha256(b"").digest()
    assert Frontier().root() == merkle.root([])


def test_a_leaf_never_passes_for_a_node():
    left, right = hashes(2)
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)


def test_a_lone_leaf_is_not_doubled():
    leaves = hashes(3)
    assert merkle.root(leaves) != merkle.root(leaves + leaves[2:])
    top = merkle.node_hash(merkle.node_hash(leaves[0], leaves[1]), leaves[2])
    assert merkle.root(leaves) == top


def test_golden_trees():
    golden = load("merkle.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in golden["leaves"]]
    roots = {int(size): bytes.fromhex(root) for size, root in golden["roots"].items()}
    for size, root in roots.items():
        assert merkle.root(leaves[:size]) == root
    for case in golden["inclusion"]:
        path = [bytes.fromhex(item) for item in case["path"]]
        at, size = case["index"], case["size"]
        assert merkle.verify_inclusion(leaves[at], at, size, path, roots[size])
    for case in golden["consistency"]:
        path = [bytes.fromhex(item) for item in case["path"]]
        old, new = case["old"], case["new"]
        assert merkle.verify_consistency(old, roots[old], new, roots[new], path)


def test_every_leaf_is_included_and_nowhere_else():
    for size in range(1, 18):
        leaves = hashes(size)
        root = merkle.root(leaves)
        for at in range(size):
            path = merkle.inclusion_path(leaves, at)
            for place in range(size):
                found = merkle.verify_inclusion(leaves[at], place, size, path, root)
                assert found == (place == at)


def test_every_tree_extends_every_earlier_one():
    for size in range(1, 18):
        leaves = hashes(size)
        root = merkle.root(leaves)
        for old in range(1, size + 1):
            path = merkle.consistency_path(leaves, old)
            before = merkle.root(leaves[:old])
            assert merkle.verify_consistency(old, before, size, root, path)
            assert not merkle.verify_consistency(old, merkle.leaf_hash(b"x"), size, root, path)
            assert not merkle.verify_consistency(old, before, size, merkle.leaf_hash(b"x"), path)


def test_a_rewritten_leaf_breaks_consistency():
    leaves = hashes(11)
    before = merkle.root(leaves[:6])
    forged = leaves[:2] + [merkle.leaf_hash(b"forged")] + leaves[3:]
    path = merkle.consistency_path(forged, 6)
    assert not merkle.verify_consistency(6, before, 11, merkle.root(forged), path)


def test_refuses_altered_longer_and_shorter_paths():
    leaves = hashes(13)
    root = merkle.root(leaves)
    path = merkle.inclusion_path(leaves, 5)
    proof = merkle.consistency_path(leaves, 6)
    before = merkle.root(leaves[:6])
    for at in range(len(path)):
        bent = path[:at] + [merkle.leaf_hash(path[at])] + path[at + 1 :]
        assert not merkle.verify_inclusion(leaves[5], 5, 13, bent, root)
    for at in range(len(proof)):
        bent = proof[:at] + [merkle.leaf_hash(proof[at])] + proof[at + 1 :]
        assert not merkle.verify_consistency(6, before, 13, root, bent)
    for wrong in (path[:-1], path[1:], path + path[:1], [], path * 20):
        assert not merkle.verify_inclusion(leaves[5], 5, 13, wrong, root)
    for wrong in (proof[:-1], proof[1:], proof + proof[:1], [], proof * 20):
        assert not merkle.verify_consistency(6, before, 13, root, wrong)


def test_a_verifier_says_no_to_nonsense_and_does_not_raise():
    leaf = merkle.leaf_hash(b"")
    for path in ([b""], [b"x" * 31], ["text" * 8], [None], [leaf] * 10000, 5, None, "path"):
        assert not merkle.verify_inclusion(leaf, 0, 2, path, leaf)
        assert not merkle.verify_consistency(1, leaf, 2, leaf, path)
    for index, size in ((-1, 2), (2, 2), (0, 0), (2**70, 2**70 + 1), (None, 2), (0, None)):
        assert not merkle.verify_inclusion(leaf, index, size, [leaf], leaf)
        assert not merkle.verify_consistency(index, leaf, size, leaf, [leaf])
    for bad in (None, b"", "text", 5):
        assert not merkle.verify_inclusion(bad, 0, 1, [], leaf)
        assert not merkle.verify_inclusion(leaf, 0, 1, [], bad)
        assert not merkle.verify_consistency(1, bad, 1, bad, [])


def test_equal_sizes_need_equal_roots_and_an_empty_path():
    leaf, other = hashes(2)
    assert merkle.verify_consistency(1, leaf, 1, leaf, [])
    assert not merkle.verify_consistency(1, leaf, 1, other, [])
    assert not merkle.verify_consistency(1, leaf, 1, leaf, [leaf])
    assert not merkle.verify_consistency(2, leaf, 1, leaf, [])


def test_every_tree_extends_the_empty_one():
    leaves = hashes(3)
    assert merkle.verify_consistency(0, merkle.root([]), 3, merkle.root(leaves), [])
    assert not merkle.verify_consistency(0, leaves[0], 3, merkle.root(leaves), [])


def test_a_frontier_grows_like_the_whole_tree_and_survives_saving():
    leaves = hashes(70)
    frontier = Frontier()
    for at, leaf in enumerate(leaves):
        frontier.append(leaf)
        frontier = Frontier.load(frontier.save())
        assert frontier.size == at + 1
        assert frontier.root() == merkle.root(leaves[: at + 1])


def test_refuses_a_damaged_frontier():
    frontier = Frontier()
    for leaf in hashes(5):
        frontier.append(leaf)
    saved = frontier.save()
    for data in (b"", saved[:7], saved[:-1], saved + b"\x00", b"\x00" * 7 + b"\x07" + saved[8:]):
        refused(Frontier.load, data)


def test_only_hashes_are_appended():
    for leaf in (b"", b"x" * 31, "text", None):
        refused(Frontier().append, leaf)


def test_random_trees_prove_random_leaves():
    lcg = Lcg(9)
    for _ in range(20):
        size = 1 + lcg.below(200)
        leaves = [merkle.leaf_hash(lcg.bytes(3)) for _ in range(size)]
        at, old = lcg.below(size), 1 + lcg.below(size)
        root = merkle.root(leaves)
        path = merkle.inclusion_path(leaves, at)
        assert merkle.verify_inclusion(leaves[at], at, size, path, root)
        proof = merkle.consistency_path(leaves, old)
        assert merkle.verify_consistency(old, merkle.root(leaves[:old]), size, root, proof)


def test_there_is_no_path_to_a_leaf_that_is_not_there():
    for call, number in ((merkle.inclusion_path, 3), (merkle.inclusion_path, -1)):
        try:
            call(hashes(3), number)
        except IndexError:
            continue
        raise AssertionError("a path")
