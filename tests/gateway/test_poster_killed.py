"""The poster's process, killed with SIGKILL at random moments while verdicts keep coming."""

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from cargoseal.chain.anvil import find_anvil
from cargoseal.chain.devkeys import dev_key
from cargoseal.chain.keys import create_key_file
from cargoseal.config import ChainConfig, Config, PosterConfig
from cargoseal.errors import ConfigError
from cargoseal.poster import run_poster
from tests.gateway.chain.world import COMPROMISED, FLAGGED, World, settle, world_on

# Children are forked from a process that has imported everything: a life begins in milliseconds.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["cargoseal.poster.daemon", "tests.gateway.test_poster_killed"])


def _config(world: World, folder: Path) -> Config:
    key_file = folder / "gateway.key"
    with suppress(ConfigError):
        create_key_file(key_file, None, dev_key(1))
    return Config(
        deployment="test",
        data_dir=folder,
        chain=ChainConfig(
            kind="anvil",
            url=world.chain.url,
            chain_id=world.chain.chain_id,
            addresses=world.book,
            key_file=key_file,
            confirmations=1,
        ),
        poster=PosterConfig(poll_ms=10, batch_max=3, heartbeat_s=0.2, bump_after_s=2),
    )


def _live(config: Config, log: Path) -> None:
    """The child: one life of the poster, its words in a file."""
    with open(log, "ab", buffering=0) as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    run_poster(config)


def _start(config: Config, log: Path) -> BaseProcess:
    child = _CONTEXT.Process(target=_live, args=(config, log), daemon=True)
    child.start()
    return child


def _await_word(log: Path, word: str, count: int = 1) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        if log.exists() and log.read_text(errors="replace").count(word) >= count:
            return
        time.sleep(0.005)
    pytest.fail(f"{word!r} did not come: {log.read_text(errors='replace')[-500:]}")


def _kill(child: BaseProcess) -> None:
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()


@contextmanager
def _ended(*children: BaseProcess) -> Iterator[None]:
    try:
        yield
    finally:
        for child in children:
            if child.is_alive():
                _kill(child)


def _await_posted(world: World) -> None:
    """Until no verdict waits and every batch was seen on chain."""
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s:
        posted = {batch.seq for batch in world.batches() if batch.state in ("mined", "final")}
        if all(row.seq in posted for row in world.rows()):
            return
        time.sleep(0.02)
    pytest.fail("verdicts are still on their way")


# A life on the embedded chain is slow; it has them all only where it is the one there is.
_EMBEDDED_KILLS = 20 if find_anvil() is None else 3


@pytest.mark.parametrize(("kind", "kills"), [("anvil", 20), ("embedded", _EMBEDDED_KILLS)])
def test_killed_at_random_moments_it_posts_every_verdict_exactly_once(
    kind: str, kills: int, tmp_path: Path
) -> None:
    seeded = random.Random(1601)
    with world_on(kind, tmp_path) as world:
        world.ship(1, 2, 3, 4)
        config, said = _config(world, tmp_path), 0
        for life in range(kills):
            log = tmp_path / f"life-{life}.log"
            child = _start(config, log)
            with _ended(child):
                _await_word(log, "READY poster")
                end_s = time.monotonic() + seeded.uniform(0.0, 0.25)
                while time.monotonic() < end_s:
                    said += 1
                    world.say(1 + said % 4, FLAGGED, doubts=said % 16, score=said)
                    time.sleep(seeded.uniform(0.0, 0.03))
                _kill(child)
        child = _start(config, tmp_path / "last.log")
        with _ended(child):
            _await_posted(world)
        world.assert_each_verdict_once()
        assert len(world.told()) == said > kills


def test_a_second_poster_waits_and_takes_over_when_the_first_is_killed(tmp_path: Path) -> None:
    with world_on("anvil", tmp_path) as world:
        world.ship(1)
        config = _config(world, tmp_path)
        first = _start(config, tmp_path / "first.log")
        with _ended(first):
            _await_word(tmp_path / "first.log", "READY poster")
            second = _start(config, tmp_path / "second.log")
            with _ended(second):
                _await_word(tmp_path / "second.log", "another poster has")
                world.say(1, FLAGGED)
                _await_posted(world)
                assert "READY" not in (tmp_path / "second.log").read_text()
                _kill(first)
                world.say(1, COMPROMISED)
                _await_posted(world)
                assert "READY" in (tmp_path / "second.log").read_text()
        world.assert_each_verdict_once()


def test_asked_to_stop_it_ends_and_its_words_hold_no_key(tmp_path: Path) -> None:
    with world_on("anvil", tmp_path) as world:
        world.ship(1)
        world.say(1, FLAGGED)
        log = tmp_path / "poster.log"
        child = _start(_config(world, tmp_path), log)
        with _ended(child):
            _await_word(log, "on chain in block")
            child.terminate()
            child.join(10)
            assert child.exitcode == 0
        assert dev_key(1).hex() not in log.read_text()
        settle(world.poster())
        world.assert_each_verdict_once()


def test_it_says_once_that_the_chain_is_away_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    from cargoseal.chain.backend import ensure_chain

    state = ("--state", str(tmp_path / "state.json"))
    with world_on("anvil", tmp_path, state) as world:
        world.ship(1)
        log = tmp_path / "poster.log"
        child = _start(_config(world, tmp_path), log)
        with _ended(child):
            _await_word(log, "on chain in block")
            world.chain.stop()
            world.say(1, FLAGGED)
            _await_word(log, "expected an answer")
            with ensure_chain("anvil", world.chain.url, world.chain.chain_id, anvil_options=state):
                _await_word(log, "going on")
                _await_posted(world)
                world.assert_each_verdict_once()
        assert log.read_text().count("Max retries") <= 2


def test_without_a_key_file_it_does_not_start(tmp_path: Path) -> None:
    config = Config(deployment="test", data_dir=tmp_path)
    with pytest.raises(ConfigError, match="key file"):
        run_poster(config)
