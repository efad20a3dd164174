"""What any engine keeps, whatever stands behind it: a thread here, a process or a cluster later.

Another engine passes when its name stands in ENGINES. Nothing here knows how it works.
"""

import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headlight.model.admitting.catalog import admit
from headlight.model.admitting.facts import Source
from headlight.model.engine import Engine, Policy
from headlight.model.engine.answers import OF_MODEL, OF_TRACE
from headlight.model.engine.local import LocalEngine
from headlight.model.errors import BusyError, ModelChangedError, TextError
from headlight.model.trace import ModelKey, Trace, TraceKey
from tests.model.folders import write_tiny_model

ENGINES: dict[str, Callable[..., Engine]] = {"local": LocalEngine}

TEXT = "the teacher taught the students"
D_MODEL = 24  # of the tiny models
NOBODY = ModelKey(name="nobody", revision="sha256:000000000000")

# One way to ask each question; a question without one fails a test.
OPTIONS: dict[str, dict[str, Any]] = {
    "vocabulary": {},
    "word_space": {},
    "words": {"words": ("teacher", "book")},
    "neighbours": {"vector": np.linspace(-1, 1, D_MODEL, dtype=np.float32), "n": 3, "without": (7,)},
    "window": {"text": TEXT * 20, "most": 12},
    "trace": {},
    "logits_at": {"positions": (0, 2)},
    "token_scores": {},
    "positions": {"stack": "decoder"},
    "head_vectors": {"kind": "decoder", "layer": 1, "head": 2},
    "value_norms": {"kind": "decoder"},
    "embedding_scale": {"stack": "decoder"},
    "blank_logits": {"place": 2},
    "blank_jobs": {},
    "blank_scores": {"places": (1, 2)},
    "continued": {"token_id": 300},
    "replaced": {"place": 1, "token_id": 300},
}
OF_MASKED = {"blank_logits", "blank_jobs", "blank_scores"}

Asked = tuple[Engine, ModelKey | TraceKey, dict[str, Any]]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def make(request: pytest.FixtureRequest) -> Callable[..., Engine]:
    """Return the way to make an engine, of a policy."""
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def engine(make: Callable[..., Engine]) -> Engine:
    return make(Policy())


@pytest.fixture
def ask(engine: Engine, tiny: Callable[[str], Path]) -> Callable[[str], Asked]:
    """Return a function from the name of a question to what it is asked of, and its options."""

    def asked(name: str) -> Asked:
        source = admit(str(tiny("bert" if name in OF_MASKED else "gpt2")))
        if name in OF_MODEL:
            return engine, engine.facts(source).key, OPTIONS[name]
        return engine, engine.trace(source, TEXT).key, OPTIONS[name]

    return asked


def arrays_in(answer: Any) -> list[np.ndarray]:
    """Return every array of an answer."""
    if isinstance(answer, np.ndarray):
        return [answer]
    if isinstance(answer, tuple):
        return [array for each in answer for array in arrays_in(each)]
    if is_dataclass(answer):
        return [array for field in fields(answer) for array in arrays_in(getattr(answer, field.name))]
    return []


def modules_in(answer: Any) -> set[str]:
    """Return where the types of an answer, and of all that it holds, come from."""
    found = {type(answer).__module__.split(".")[0]}
    parts: list[Any] = []
    if isinstance(answer, (tuple, list, frozenset)):
        parts = list(answer)
    elif is_dataclass(answer):
        parts = [getattr(answer, field.name) for field in fields(answer)]
    return found.union(*map(modules_in, parts))


def same(one: Any, other: Any) -> bool:
    """Return whether two answers say the same."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(one == other)


def test_every_question_is_asked_here() -> None:
    assert set(OPTIONS) == {*OF_MODEL, *OF_TRACE}


@pytest.mark.parametrize("name", OPTIONS)
def test_questions_and_answers_are_plain_data_that_can_travel(name: str, ask: Callable[[str], Asked]) -> None:
    engine, of, options = ask(name)
    answer = engine.ask(name, of, **options)
    assert modules_in(answer) <= {"builtins", "numpy", "headlight"}
    assert same(pickle.loads(pickle.dumps(answer)), answer)
    there_of, there_options = pickle.loads(pickle.dumps((of, options)))
    assert same(engine.ask(name, there_of, **there_options), answer)


@pytest.mark.parametrize("name", OPTIONS)
def test_an_answer_cannot_be_changed_and_is_no_view(name: str, ask: Callable[[str], Asked]) -> None:
    engine, of, options = ask(name)
    for array in arrays_in(engine.ask(name, of, **options)):
        assert not array.flags.writeable
        assert array.base is None


@pytest.mark.parametrize("name", OPTIONS)
def test_thirty_at_once_cost_one(name: str, make: Callable[..., Engine], tiny: Callable[[str], Path]) -> None:
    engine = make(Policy())
    source = admit(str(tiny("bert" if name in OF_MASKED else "gpt2")))
    of: Any = engine.facts(source).key
    if name in OF_TRACE:
        of = TraceKey(model=of, text=TEXT, target=None) if name == "trace" else engine.trace(source, TEXT).key
    n_before = engine.n_worked_out
    together = threading.Barrier(30)

    def one(_: int) -> Any:
        together.wait()
        return engine.ask(name, of, **OPTIONS[name])

    with ThreadPoolExecutor(30) as users:
        answers = list(users.map(one, range(30)))
    if name != "logits_at":  # the only one that is not remembered: who comes after the answer costs another
        assert engine.n_worked_out == n_before + 1
        assert same(engine.ask(name, of, **OPTIONS[name]), answers[0])
        assert engine.n_worked_out == n_before + 1
    assert all(same(each, answers[0]) for each in answers)


def test_each_option_makes_another_question(ask: Callable[[str], Asked]) -> None:
    engine, of, options = ask("head_vectors")
    first, second = (engine.ask("head_vectors", of, **options | {"head": head}) for head in (0, 1))
    assert not same(first, second)
    engine, model, options = ask("neighbours")
    there = engine.ask("neighbours", model, **options | {"vector": -options["vector"]})
    assert not same(engine.ask("neighbours", model, **options), there)


def test_a_question_that_makes_no_sense_is_an_error_of_the_asker(ask: Callable[[str], Asked]) -> None:
    engine, of, options = ask("head_vectors")
    with pytest.raises(LookupError, match="no question"):
        engine.ask("head_vektors", of, **options)
    with pytest.raises(TypeError):
        engine.ask("head_vectors", of, layer=0)
    with pytest.raises(TypeError, match="asked of a trace"):
        engine.ask("head_vectors", of.model if isinstance(of, TraceKey) else of, **options)
    with pytest.raises(TypeError, match="asked of a model"):
        engine.ask("vocabulary", of)
    with pytest.raises(IndexError):
        engine.ask("head_vectors", of, **options | {"layer": 99})


def test_a_model_that_nobody_loaded_is_a_sentence(engine: Engine) -> None:
    with pytest.raises(ModelChangedError, match="Press Enter"):
        engine.ask("vocabulary", NOBODY)


def test_an_error_is_one_object_each(engine: Engine, tiny: Callable[[str], Path]) -> None:
    source = admit(str(tiny("gpt2")))
    together = threading.Barrier(6)

    def refused(_: int) -> TextError:
        together.wait()
        with pytest.raises(TextError) as error:
            engine.trace(source, "  ")
        return error.value

    with ThreadPoolExecutor(6) as users:
        errors = list(users.map(refused, range(6)))
    assert len({id(each) for each in errors}) == 6
    assert isinstance(pickle.loads(pickle.dumps(errors[0])), TextError)


def test_a_trace_that_was_forgotten_is_read_again(make: Callable[..., Engine], tiny: Callable[[str], Path]) -> None:
    engine = make(Policy(), max_answer_bytes=1)
    trace = engine.trace(admit(str(tiny("gpt2"))), TEXT)
    again: Trace = engine.ask("trace", trace.key)
    assert again is not trace
    assert same(again, trace)
    assert engine.ask("head_vectors", trace.key, **OPTIONS["head_vectors"]).query.shape[0] == len(trace.stacks[0].ids)


def test_a_trace_is_known_by_what_was_read(engine: Engine, tiny: Callable[[str], Path]) -> None:
    source = admit(str(tiny("gpt2")))
    facts = engine.facts(source)
    trace = engine.trace(source, "the\ud800 book", "no decoder reads this")
    assert trace.key == TraceKey(model=facts.key, text="the\ufffd book", target=None)
    long = engine.trace(source, "the book " * 300)
    assert (long.text, long.cut is not None and long.cut[0]) == (("the book " * 300)[:2_000], 700)
    shorter = engine.trace(source, "the book " * 250)
    assert (shorter.key, shorter.cut is not None and shorter.cut[0]) == (long.key, 250)


def test_what_a_decoder_was_given_is_part_of_the_key(engine: Engine, tiny: Callable[[str], Path]) -> None:
    source = admit(str(tiny("marian")))
    own = engine.trace(source, TEXT)
    given = engine.trace(source, TEXT, own.target_text)
    assert own.key.target is None
    assert given.key == replace(own.key, target=own.target_text)
    assert len({own.key.spelled, given.key.spelled, engine.trace(source, TEXT, "").key.spelled}) == 3


def test_every_field_of_a_key_tells_traces_apart() -> None:
    key = TraceKey(model=NOBODY, text="a", target=None)
    others: dict[str, Any] = {"model": replace(NOBODY, revision="sha256:000000000001"), "text": "b", "target": ""}
    assert set(others) == {field.name for field in fields(TraceKey)}  # a new field is tried here too
    changed = [replace(key, **{name: value}) for name, value in others.items()]
    assert len({key, *changed}) == len({each.spelled for each in (key, *changed)}) == 1 + len(others)
    assert all(len(each.spelled) == 16 for each in changed)


def test_steps_of_a_load_are_said_by_name(make: Callable[..., Engine], tmp_path: Path) -> None:
    engine = make(Policy())
    folder = write_tiny_model(tmp_path / "tiny")
    steps: list[str] = []
    facts = engine.facts(Source(name="tiny", folder=folder, origin="folder"), steps.append)
    assert facts.name == "tiny"
    assert "Loading the weights" in steps
    assert same(pickle.loads(pickle.dumps(facts)), facts)


def test_a_deadline_is_a_sentence(make: Callable[..., Engine]) -> None:
    engine = make(Policy(deadline_s=1e-6))
    source = admit("headlight-decoder")
    engine.facts(source)
    # An answer that is there when somebody looks is given, however late: on a busy machine that may happen to a few.
    late = []
    for number in range(10):
        try:
            engine.trace(source, f"{number} {'the book ' * 80}")
        except BusyError as error:
            late.append(str(error))
    assert late
    assert all("Try again" in each for each in late)


def test_what_is_remembered_comes_while_others_wait(make: Callable[..., Engine], tiny: Callable[[str], Path]) -> None:
    engine = make(Policy())
    source = admit(str(tiny("gpt2")))
    key = engine.trace(source, TEXT).key
    vectors = engine.ask("head_vectors", key, **OPTIONS["head_vectors"])
    texts = [f"{TEXT} {number}" for number in range(200)]
    with ThreadPoolExecutor(16) as users:
        asked = [users.submit(engine.trace, source, text) for text in texts]
        spent = []
        while not all(each.done() for each in asked):
            start = time.perf_counter()
            again = engine.ask("head_vectors", key, **OPTIONS["head_vectors"])
            spent.append(time.perf_counter() - start)
            assert same(again, vectors)
        assert [each.result().text for each in asked] == texts
    assert min(spent) < 0.005  # seconds: it stands in no queue of sixteen, whatever else the machine does
