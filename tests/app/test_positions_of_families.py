"""The Positions page on a tiny model of every family: whatever the scheme, its own numbers or a sentence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headlight.model import questions
from headlight.model.run import run
from headlight.model.science.positions import AddedPositions, AlibiPositions, RelativePositions, RotaryPositions, rotate
from headlight.model.trace import Trace
from tests.app.conftest import App, said
from tests.app.test_positions import PAGE, charts, maps, markdown, paper_sum
from tests.tiny import KINDS

TEXT = "a the book the book the"
TARGET = "the king"

Opened = Callable[[str], Trace]


@pytest.fixture
def opened(tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Return a function that lets the app open a kind of tiny model and returns its Trace."""

    def open_kind(kind: str) -> Trace:
        folder = tiny(kind)
        monkeypatch.setenv("HEADLIGHT_MODELS", str(folder.parent))
        return run(f"folder:{kind}", TEXT, TARGET)

    return open_kind


def stack_names(trace: Trace) -> list[str]:
    return [stack.name for stack in trace.stacks]


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_draws_every_family_or_says_why_not(app: App, opened: Opened, kind: str) -> None:
    trace = opened(kind)
    for name in stack_names(trace):
        test = app(PAGE, model=f"folder:{kind}", text=TEXT, target=TARGET, stack=name)
        assert not test.exception
        assert not test.error
        assert "Sinusoids, d = 64, base = 10,000" in maps(test)
        if trace.stacks[0].position_scheme in ("none", "unknown"):
            assert len(maps(test)) == 1
            assert "positions" in said(test) or "where a token stands" in said(test)
        else:
            assert len(maps(test)) > 1


@pytest.mark.parametrize("kind", ["gpt2", "bert", "roberta", "bart", "marian", "opt"])
def test_what_is_added_is_the_traces(app: App, opened: Opened, kind: str) -> None:
    trace = opened(kind)
    for stack in trace.stacks:
        test = app(PAGE, model=f"folder:{kind}", text=TEXT, target=TARGET, stack=stack.name, token="1")
        positions = questions.positions(trace, stack.name)
        assert isinstance(positions, AddedPositions)
        assert stack.position_embeddings is not None
        table = next(values for name, (_, values) in maps(test).items() if "a row for each position" in name)
        np.testing.assert_allclose(table, stack.position_embeddings, atol=1e-6)
        rows = next(values for name, (_, values) in maps(test).items() if name.startswith("Position 1,"))
        parts = [stack.token_embeddings[1], stack.position_embeddings[1]]
        if stack.type_embeddings is not None:
            parts.append(stack.type_embeddings[1])
        for row, part in zip(rows, parts, strict=False):
            np.testing.assert_array_equal(row, part)
        np.testing.assert_allclose(rows[len(parts)], np.sum(parts, axis=0), atol=1e-6)
        np.testing.assert_allclose(rows[-1], stack.hidden_states[0, 1], atol=1e-5)
        normed = kind in ("bert", "roberta", "bart")
        assert len(rows) == len(parts) + (2 if normed else 1)
        assert ("The sum is not yet what enters layer 0" in markdown(test)) == normed
        shown = np.round(np.array(paper_sum(test)) * 1000).astype(int)
        assert np.abs(shown[: len(parts)].sum(axis=0) - shown[len(parts)]).max() <= 1


def test_marian_scales_its_tokens_and_keeps_its_sines_in_halves(app: App, opened: Opened) -> None:
    trace = opened("marian")
    for stack in trace.stacks:
        assert questions.embedding_scale(trace, stack) == pytest.approx(np.sqrt(stack.d_model), rel=1e-5)
    said_there = markdown(app(PAGE, model="folder:marian", text=TEXT, target=TARGET))
    assert "The left half of the columns holds the sines" in said_there
    assert "the square root of d_model = 24" in said_there


def test_embeddings_that_are_added_as_they_are_have_scale_one(opened: Opened) -> None:
    trace = opened("gpt2")
    assert questions.embedding_scale(trace, trace.stacks[0]) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["llama", "llama3-rope", "qwen2", "qwen3", "mistral"])
def test_rotary_models_turn_equal_tokens_by_their_places(app: App, opened: Opened, kind: str) -> None:
    trace = opened(kind)
    stack = trace.stacks[0]
    rotary = questions.positions(trace)
    assert isinstance(rotary, RotaryPositions)
    vectors = questions.head_vectors(trace, trace.attentions[0], 0, 1)
    places = np.arange(len(stack.tokens))
    # In layer 0 nothing but the turning tells two equal tokens apart: turned back, their queries are the same. This
    # holds only when pairs, speeds and direction are the model's own.
    back = rotate(vectors.query, -places, rotary.frequencies)
    twins = [place for place in places if stack.ids[place] == stack.ids[-1]]
    assert len(twins) == 3
    for twin in twins:
        np.testing.assert_allclose(back[twin], back[-1], atol=1e-4)
    assert not np.allclose(vectors.query[twins[0]], vectors.query[-1], atol=1e-2)

    test = app(PAGE, model=f"folder:{kind}", text=TEXT, of="0.1", token=str(places[-1]), key=str(twins[0]), pair="1")
    score, _, real = next(each for each in charts(test) if each["yName"] == "Score")["lines"]
    distance = int(places[-1] - twins[0])
    assert real["x"] == [distance]
    # The weights the library gave say what the scores were, up to a number per row.
    attention = trace.attentions[0].weights[0, 1, -1]
    between = int(places[-1] - twins[1])
    if kind == "mistral":  # its sliding window hides the farther one
        assert attention[twins[0]] == 0
    else:
        expected = np.log(attention[twins[0]] / attention[twins[1]])
        assert score["y"][distance] - score["y"][between] == pytest.approx(expected, abs=1e-3)
    assert real["y"][0] == pytest.approx(score["y"][distance], abs=1e-4)


@pytest.mark.parametrize("kind", ["t5", "t5-gated", "mt5"])
def test_relative_biases_are_the_stacks_own(app: App, opened: Opened, kind: str) -> None:
    trace = opened(kind)
    for name in stack_names(trace):
        positions = questions.positions(trace, "encoder" if name == "encoder" else "decoder")
        assert isinstance(positions, RelativePositions)
        test = app(PAGE, model=f"folder:{kind}", text=TEXT, target=TARGET, stack=name)
        _, drawn = maps(test)["Head 2: bias for each query and key"]
        seen = ~np.isnan(drawn)
        np.testing.assert_allclose(drawn[seen], positions.bias[2][seen], rtol=1e-6)
        assert seen.all() == (name == "encoder")


def test_alibi_slopes_are_the_models(app: App, opened: Opened) -> None:
    positions = questions.positions(opened("bloom"))
    assert isinstance(positions, AlibiPositions)
    _, drawn = maps(app(PAGE, model="folder:bloom", text=TEXT))["What each head takes off a score, by distance"]
    np.testing.assert_allclose(drawn[:, 1], -positions.slopes, rtol=1e-6)
