"""Who runs the forward pass: what is kept, what waits, what is dropped, and what is said."""

import gc
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import torch

from headlight.model.admitting.catalog import admit, admit_typed
from headlight.model.admitting.facts import Source
from headlight.model.admitting.loading import LoadedModel, load
from headlight.model.engine import Policy, Progress, default_engine, set_policy
from headlight.model.engine import local as engine_module
from headlight.model.engine.local import LocalEngine
from headlight.model.errors import BusyError, ModelBrokenError, ModelChangedError
from headlight.model.memory import LEAST_BYTES, Memory, weight
from headlight.model.reading.forward import read
from headlight.model.trace import Trace, TraceKey
from headlight.pages.frame.policy import POLICY, settle_memory
from tests.conftest import HOUSE_SENTENCE
from tests.model.folders import write_tiny_model

HOUSE = admit_typed("headlight-decoder")


def source_of(folder: Path) -> Source:
    return Source(name=folder.name, folder=folder, origin="folder")


def test_memory_forgets_what_was_used_longest_ago() -> None:
    memory = Memory(5 * LEAST_BYTES)
    for name in "abcde":
        memory.keep((name,), name, LEAST_BYTES)
    assert memory.find(("a",)) == "a"
    memory.keep(("f",), "f", 2 * LEAST_BYTES)
    assert [memory.find((name,)) for name in "abcdef"] == ["a", None, None, "d", "e", "f"]
    assert memory.n_bytes == 5 * LEAST_BYTES


def test_memory_keeps_nothing_above_its_limit_and_counts_a_key_once() -> None:
    memory = Memory(5 * LEAST_BYTES)
    memory.keep(("a",), 1, LEAST_BYTES)
    memory.keep(("a",), 2, 3 * LEAST_BYTES)
    assert (memory.find(("a",)), memory.n_bytes) == (2, 3 * LEAST_BYTES)
    memory.keep(("a",), 3, 6 * LEAST_BYTES)
    assert (memory.find(("a",)), memory.n_bytes, len(memory)) == (None, 0, 0)


def test_memory_is_bounded_even_when_everything_weighs_nothing() -> None:
    memory = Memory(100 * LEAST_BYTES)
    for number in range(1_000):
        memory.keep((str(number),), number, 0)
    assert len(memory) == 100
    few = Memory(100 * LEAST_BYTES, max_items=3)
    for number in range(10):
        few.keep((str(number),), number, 0)
    assert len(few) == 3


def test_thirty_users_of_one_preset_cost_one_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine()
    engine.loaded(HOUSE)
    n_forwards = 0

    def counted(loaded: LoadedModel, key: TraceKey) -> Trace:
        nonlocal n_forwards
        n_forwards += 1
        time.sleep(0.05)
        return read(loaded, key)

    monkeypatch.setattr(engine_module, "read", counted)
    with ThreadPoolExecutor(30) as users:
        traces = list(users.map(lambda _: engine.trace(HOUSE, HOUSE_SENTENCE), range(30)))
    assert n_forwards == 1
    assert len({id(trace) for trace in traces}) == 1


def test_every_user_gets_the_own_text_back() -> None:
    engine = LocalEngine()
    texts = [f"{number} cats" for number in range(30)] * 2
    with ThreadPoolExecutor(30) as users:
        traces = list(users.map(lambda text: engine.trace(HOUSE, text), texts))
    assert [trace.text for trace in traces] == texts


@contextmanager
def kept_busy(engine: LocalEngine) -> Iterator[None]:
    """Keep the engine's thread busy with one job."""
    release, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        release.wait(10)

    engine._forwards.submit(wait)
    assert begun.wait(5)
    try:
        yield
    finally:
        release.set()


def test_a_full_queue_says_busy_and_the_deadline_covers_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine(Policy(most_waiting=2, deadline_s=0.2))
    engine.loaded(HOUSE)
    n_before = engine.n_worked_out
    with ThreadPoolExecutor(8) as users, kept_busy(engine):
        waiting = [users.submit(engine.trace, HOUSE, text) for text in ("one", "two")]
        time.sleep(0.05)
        with pytest.raises(BusyError, match="Many people"):
            engine.trace(HOUSE, "three")
        for each in waiting:
            with pytest.raises(BusyError, match=r"more than 0\.2 seconds"):
                each.result()
    engine.policy = Policy()
    assert engine.trace(HOUSE, "alive").text == "alive"
    assert engine.n_worked_out == n_before + 1  # who waited past the deadline costs nothing any more


def test_who_gives_up_takes_nothing_from_who_still_waits_for_the_same() -> None:
    engine = LocalEngine(Policy(deadline_s=0.3))
    engine.loaded(HOUSE)
    with ThreadPoolExecutor(2) as users, kept_busy(engine):
        first = users.submit(engine.trace, HOUSE, HOUSE_SENTENCE)
        time.sleep(0.15)
        engine.policy = Policy()
        second = users.submit(engine.trace, HOUSE, HOUSE_SENTENCE)
        with pytest.raises(BusyError):
            first.result()
    assert second.result().text == HOUSE_SENTENCE


def test_by_default_nobody_is_turned_away() -> None:
    engine = LocalEngine()
    engine.loaded(HOUSE)
    with ThreadPoolExecutor(80) as users:
        with kept_busy(engine):
            asked = [users.submit(engine.trace, HOUSE, f"text {number}") for number in range(80)]
            time.sleep(0.1)
        assert [each.result().text for each in asked] == [f"text {number}" for number in range(80)]


def test_an_answer_from_memory_waits_for_nobody() -> None:
    engine = LocalEngine()
    trace = engine.trace(HOUSE, HOUSE_SENTENCE)
    engine.ask("head_vectors", trace.key, kind="decoder", layer=0, head=0)
    with kept_busy(engine):
        start = time.perf_counter()
        for _ in range(1_000):
            engine.ask("head_vectors", trace.key, kind="decoder", layer=0, head=0)
        assert (time.perf_counter() - start) / 1_000 < 0.002  # seconds; the thread is busy for ten


def test_an_error_reaches_the_one_who_caused_it_and_the_engine_goes_on() -> None:
    engine = LocalEngine()
    trace = engine.trace(HOUSE, HOUSE_SENTENCE)
    with pytest.raises(IndexError):
        engine.ask("head_vectors", trace.key, kind="decoder", layer=99, head=0)
    assert engine.trace(HOUSE, "alive").text == "alive"


def test_forwards_run_as_many_threads_as_the_policy_says_and_without_gradients() -> None:
    engine = LocalEngine(Policy(n_threads=1))
    assert engine._forwards.submit(torch.get_num_threads).result() == 1
    trace = engine.trace(HOUSE, HOUSE_SENTENCE)
    assert not any(each.requires_grad for each in engine.loaded(HOUSE).module.parameters())
    assert not any(each.is_inference() for each in engine.loaded(HOUSE).module.parameters())
    assert weight(trace) > trace.attentions[0].weights.nbytes


def test_a_policy_comes_before_the_engine() -> None:
    default_engine()
    set_policy(POLICY)  # again, as at every run of the app's script
    with pytest.raises(RuntimeError, match="at work already"):
        set_policy(Policy(deadline_s=1.0))


def test_a_second_user_waits_for_the_same_load_and_sees_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = LocalEngine()
    source = source_of(write_tiny_model(tmp_path / "tiny"))
    n_loads = 0

    def slow(source: Source, progress: Progress) -> LoadedModel:
        nonlocal n_loads
        n_loads += 1
        progress("A slow step")
        time.sleep(0.5)
        return load(source, progress)

    monkeypatch.setattr(engine_module, "load", slow)
    steps: list[list[str]] = [[] for _ in range(5)]
    with ThreadPoolExecutor(5) as users:
        found = list(users.map(lambda seen: engine.loaded(source, seen.append), steps))
    assert n_loads == 1
    assert len({id(each) for each in found}) == 1
    assert all("A slow step" in seen for seen in steps)


def test_one_model_is_loaded_at_a_time_and_the_next_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine(Policy(most_loads=2))
    n_at_once, most_at_once = 0, 0

    def slow(source: Source, progress: Progress) -> LoadedModel:
        nonlocal n_at_once, most_at_once
        n_at_once += 1
        most_at_once = max(most_at_once, n_at_once)
        time.sleep(0.3)
        n_at_once -= 1
        return load(source, progress)

    monkeypatch.setattr(engine_module, "load", slow)
    sources = [source_of(write_tiny_model(tmp_path / f"tiny{number}", seed=number)) for number in range(3)]
    steps: list[str] = []
    with ThreadPoolExecutor(3) as users:
        first = users.submit(lambda: engine.loaded(sources[0]))
        time.sleep(0.1)
        second = users.submit(lambda: engine.loaded(sources[1], steps.append))
        assert {first.result().facts.name, second.result().facts.name} == {"tiny0", "tiny1"}
    assert most_at_once == 1
    assert steps[0] == "Waiting for another model to load"


def test_a_load_goes_on_when_its_user_leaves_or_waits_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine(Policy(load_deadline_s=0.2))
    source = source_of(write_tiny_model(tmp_path / "tiny"))

    def slow(source: Source, progress: Progress) -> LoadedModel:
        progress("A slow step")
        time.sleep(0.5)
        return load(source, progress)

    def leave(step: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine_module, "load", slow)
    with pytest.raises(KeyboardInterrupt):
        engine.loaded(source, leave)
    with pytest.raises(BusyError, match="still being loaded"):
        engine.loaded(source)
    engine.policy = Policy()
    assert engine.loaded(source).facts.name == "tiny"


def test_a_broken_model_is_said_to_each_who_waits_and_can_be_mended(tmp_path: Path) -> None:
    engine = LocalEngine()
    folder = write_tiny_model(tmp_path / "tiny")
    tokenizer = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(b"{")

    def message(_: int) -> ModelBrokenError:
        with pytest.raises(ModelBrokenError) as refused:
            engine.loaded(source_of(folder))
        return refused.value

    with ThreadPoolExecutor(4) as users:
        errors = list(users.map(message, range(4)))
    assert len({id(error) for error in errors}) == 4
    (folder / "tokenizer.json").write_bytes(tokenizer)
    assert engine.loaded(source_of(folder)).facts.n_heads == 3


def test_models_are_dropped_by_use_and_their_memory_comes_back(tmp_path: Path) -> None:
    engine = LocalEngine(max_models=2)
    sources = [source_of(write_tiny_model(tmp_path / f"tiny{number}", seed=number)) for number in range(3)]
    first, second = (weakref.ref(engine.loaded(source).module) for source in sources[:2])
    engine.loaded(sources[0])  # used again, so the other one goes
    engine.loaded(sources[2])
    engine._forwards.submit(lambda: None).result()
    assert first() is not None
    assert second() is None


def test_a_dropped_model_that_refers_to_itself_is_freed_although_it_was_frozen(tmp_path: Path) -> None:
    engine = LocalEngine(Policy(after_load=settle_memory), max_models=1)
    module = engine.loaded(source_of(write_tiny_model(tmp_path / "tiny"))).module
    object.__setattr__(module, "_itself", [module])
    gc.collect()
    gc.freeze()
    dropped = weakref.ref(module)
    del module
    engine.loaded(HOUSE)
    engine._forwards.submit(lambda: None).result()
    assert dropped() is None


def test_models_are_dropped_by_size(tmp_path: Path) -> None:
    sources = [source_of(write_tiny_model(tmp_path / f"tiny{number}", seed=number)) for number in range(2)]
    n_bytes = engine_module._model_bytes(load(sources[0]))
    engine = LocalEngine(max_model_bytes=int(1.5 * n_bytes))
    first = weakref.ref(engine.loaded(sources[0]).module)
    engine.loaded(sources[1])
    engine._forwards.submit(lambda: None).result()
    assert first() is None


def test_a_model_whose_files_change_is_loaded_anew_and_old_traces_are_not_explained_by_it(tmp_path: Path) -> None:
    engine = LocalEngine(max_models=1)
    folder = write_tiny_model(tmp_path / "tiny", seed=1)
    old = engine.trace(source_of(folder), "the")
    assert engine.ask("head_vectors", old.key, kind="decoder", layer=0, head=0)
    shutil.rmtree(folder)
    write_tiny_model(folder, seed=2)
    new = engine.trace(source_of(folder), "the")
    assert new.revision != old.revision
    assert (new.attentions[0].weights != old.attentions[0].weights).any()
    with pytest.raises(ModelChangedError, match="Press Enter"):
        engine.ask("head_vectors", old.key, kind="decoder", layer=0, head=1)
    assert engine.ask("head_vectors", new.key, kind="decoder", layer=0, head=1)


def test_a_trace_nobody_remembers_the_model_of_is_a_sentence(house_trace: Trace) -> None:
    with pytest.raises(ModelChangedError):
        LocalEngine().ask("token_scores", house_trace.key)


def test_what_lives_after_a_load_costs_the_garbage_collector_nothing() -> None:
    LocalEngine(POLICY).loaded(HOUSE)
    start = time.perf_counter()
    gc.collect(2)
    assert time.perf_counter() - start < 0.02


def test_a_vanished_folder_is_a_sentence(tmp_path: Path) -> None:
    source = source_of(tmp_path / "gone")
    with pytest.raises(ModelBrokenError):
        LocalEngine().loaded(source)


def test_looking_for_changed_files_is_cheap() -> None:
    start = time.perf_counter()
    for _ in range(100):
        engine_module._model_key(HOUSE)
    assert (time.perf_counter() - start) / 100 < 0.002
    assert admit("headlight-decoder") == HOUSE
    assert psutil.Process().num_threads() < 200
