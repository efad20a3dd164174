"""The Positions page: the numbers on it are the model's, for every scheme, and what is said of them is so."""

import json
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.run import run
from headlight.model.science.positions import (
    AddedPositions,
    AlibiPositions,
    Positions,
    RelativePositions,
    RotaryPositions,
    alibi_slopes,
    in_halves,
    rotate,
    similarity,
    sinusoids,
)
from headlight.model.trace import Trace
from tests.app.conftest import App, said
from tests.conftest import HOUSE_SENTENCE

PAGE = "positions"

Pretend = Callable[[Positions | NotShownError], None]


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Return a function that makes the bundled model answer with another scheme, whose numbers the test knows."""

    def answer(positions: Positions | NotShownError) -> None:
        def positions_of(trace: Trace, stack: str | None = None) -> Positions:
            if isinstance(positions, NotShownError):
                raise positions
            return positions

        monkeypatch.setattr(questions, "positions", positions_of)

    return answer


def maps(test: AppTest) -> dict[str, tuple[dict[str, Any], np.ndarray]]:
    """Return every matrix on the page by its name, with what is told about it."""
    found = {}
    for component in test.get("bidi_component"):
        data = component.proto.bytes
        if not data or data[:1] == b"{":
            continue
        (length,) = struct.unpack("<I", data[:4])
        header = json.loads(data[4 : 4 + length])
        values = np.frombuffer(data[4 + length :], "<f4")
        for told in header["maps"]:
            axes = header["axes"][told["axes"]]
            shape = len(axes["rows"]), len(axes["columns"])
            found[told["name"]] = (told | axes, values[: shape[0] * shape[1]].reshape(shape))
            values = values[shape[0] * shape[1] :]
    return found


def charts(test: AppTest) -> list[dict[str, Any]]:
    """Return every line chart on the page."""
    return [
        json.loads(component.proto.bytes)
        for component in test.get("bidi_component")
        if component.proto.bytes[:1] == b"{"
    ]


def markdown(test: AppTest) -> str:
    return " ".join(each.value for each in test.markdown)


def paper_sum(test: AppTest) -> list[list[float]]:
    """Return the rows of the sum on paper."""
    html = next(each.proto.body for each in test.get("html") if "addition" in each.proto.body)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", html)
    cells = [[float(cell.replace("−", "-")) for cell in re.findall(r"<td>(.*?)</td>", row)] for row in rows]
    return [row for row in cells if row]


@pytest.fixture
def trace() -> Trace:
    return run("headlight-decoder", HOUSE_SENTENCE)


def test_the_table_is_the_models_own(app: App, trace: Trace) -> None:
    told, values = maps(app(PAGE))["The learned position vectors: a row for each position, a column for each dimension"]
    np.testing.assert_array_equal(values, trace.stacks[0].position_embeddings)
    assert told["rows"][1:] == HOUSE_SENTENCE.split()
    assert told["low"] == -told["high"]


def test_the_whole_table_has_the_same_scale_and_marks_the_sentence(app: App, trace: Trace) -> None:
    name = "The learned position vectors: a row for each position, a column for each dimension"
    here, whole = maps(app(PAGE))[name], maps(app(PAGE, rows="0"))[name]
    positions = questions.positions(trace)
    assert isinstance(positions, AddedPositions)
    np.testing.assert_array_equal(whole[1], positions.vectors[:256, :256])
    assert whole[0]["high"] == here[0]["high"]
    assert whole[0]["nOwn"] == len(trace.stacks[0].tokens)
    assert here[0]["nOwn"] == 0  # all rows are the sentence's: nothing to tell apart


@pytest.mark.parametrize("token", ["0", "5"])
def test_token_and_position_add_up_to_the_input(app: App, trace: Trace, token: str) -> None:
    test = app(PAGE, token=token)
    stack, place = trace.stacks[0], int(token)
    assert stack.position_embeddings is not None
    _, (one, other, total) = next(value for name, value in maps(test).items() if name.startswith(f"Position {token},"))
    np.testing.assert_array_equal(one, stack.token_embeddings[place, :256])
    np.testing.assert_array_equal(other, stack.position_embeddings[place, :256])
    np.testing.assert_allclose(total, stack.hidden_states[0, place, :256], atol=1e-6)
    shown = np.round(np.array(paper_sum(test)) * 1000).astype(int)
    assert np.abs(shown[0] + shown[1] - shown[2]).max() <= 1
    np.testing.assert_allclose(shown[2] / 1000, stack.hidden_states[0, place, :8], atol=0.0005 + 1e-6)
    assert "The sum is exactly what enters layer 0" in markdown(test)


def test_likeness_is_the_cosine_of_the_models_vectors(app: App, trace: Trace) -> None:
    positions = questions.positions(trace)
    assert isinstance(positions, AddedPositions)
    n = min(128, len(positions.vectors))
    for measure in ("cosine", "centred cosine", "dot product"):
        test = app(PAGE, measure=measure)
        drawn = maps(test)
        np.testing.assert_allclose(
            drawn["The learned position vectors"][1], similarity(positions.vectors[:n], measure), atol=1e-5
        )
        d_model = trace.stacks[0].d_model
        np.testing.assert_allclose(
            drawn["The sinusoids of 2017"][1], similarity(sinusoids(n, d_model), measure), atol=1e-5 * d_model
        )


def test_lengths_are_the_lengths(app: App, trace: Trace) -> None:
    chart = next(each for each in charts(app(PAGE)) if each["yName"] == "Length")
    stack = trace.stacks[0]
    for line, vectors in zip(chart["lines"], (stack.token_embeddings, stack.position_embeddings), strict=True):
        np.testing.assert_allclose(line["y"], np.linalg.norm(np.asarray(vectors), axis=1), rtol=1e-5)


@pytest.mark.parametrize(("d", "base"), [(64, 10_000), (2, 2), (256, 100_000), (18, 77)])
def test_sinusoids_follow_the_knobs(app: App, d: int, base: int) -> None:
    test = app(PAGE, d=str(d), base=str(base))
    _, values = maps(test)[f"Sinusoids, d = {d}, base = {base:,}"]
    np.testing.assert_allclose(values, sinusoids(64, d, float(base)), atol=1e-6)
    assert f"= {np.sqrt(d / 2):.4f}" in markdown(test)
    assert test.query_params.get("d") == (None if d == 64 else str(d))


def test_a_wave_passes_through_its_columns_numbers(app: App) -> None:
    test = app(PAGE, d="34", base="50")
    waves = [each for each in charts(test) if "one turn takes" in each["note"]]
    assert len(waves) == 4
    for wave in waves:
        sine, cosine, dots = wave["lines"]
        column = int(sine["name"].removeprefix("sine, column "))
        vectors = sinusoids(64, 34, 50.0)
        np.testing.assert_allclose(dots["y"], vectors[:, column], atol=1e-6)
        np.testing.assert_allclose(sine["y"][::8], vectors[:, column], atol=1e-6)
        np.testing.assert_allclose(cosine["y"][::8], vectors[:, column + 1], atol=1e-6)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"d": "63"}, "d must be even: 62 is drawn instead of 63"),
        ({"d": "0"}, "It can be 2 to 256"),
        ({"d": "nan"}, "It can be 2 to 256"),
        ({"base": "1"}, "It can be 2 to 100000"),
        ({"base": "many"}, "It can be 2 to 100000"),
        ({"token": "99"}, "The link asks for a token that is not there"),
        ({"rows": "7"}, "The link asks for a part of the table that is not there"),
        ({"measure": "<b>"}, "The link asks for a measure that is not there"),
    ],
)
def test_what_cannot_be_is_answered(app: App, query: dict[str, str], sentence: str) -> None:
    test = app(PAGE, **query)
    assert not test.exception
    assert sentence in said(test)


def test_one_token_and_the_most_tokens(app: App) -> None:
    for text in ("a", "word " * 400, "</script> ![](x) $x$ :red[x]"):
        test = app(PAGE, text=text)
        assert not test.exception
        assert not test.error


def test_sinusoids_of_a_model_are_recognised(app: App, pretend: Pretend) -> None:
    pretend(AddedPositions(vectors=in_halves(sinusoids(40, 256)), learned=False))
    assert "The left half of the columns holds the sines" in markdown(app(PAGE))
    pretend(AddedPositions(vectors=sinusoids(40, 256), learned=False))
    assert "sine and cosine take turns" in markdown(app(PAGE))
    pretend(AddedPositions(vectors=sinusoids(40, 256, 500.0), learned=False))
    assert "not quite that of the paper" in markdown(app(PAGE))


def test_a_large_table_is_shown_in_parts(app: App, pretend: Pretend) -> None:
    vectors = np.random.default_rng(0).normal(size=(700, 300)).astype(np.float32)
    pretend(AddedPositions(vectors=vectors, learned=True))
    test = app(PAGE, rows="512", dimensions="256")
    told, values = maps(test)["The learned position vectors: a row for each position, a column for each dimension"]
    np.testing.assert_array_equal(values, vectors[512:, 256:])
    assert (told["firstRow"], told["firstColumn"]) == (512, 256)


def test_rotary_turns_a_real_query_and_key(app: App, pretend: Pretend, trace: Trace) -> None:
    attention = trace.attentions[0]
    vectors = questions.head_vectors(trace, attention, 1, 2)
    d_head = vectors.query.shape[1]
    frequencies = 10_000.0 ** (-np.arange(0, d_head, 2) / d_head)
    pretend(RotaryPositions(frequencies=frequencies, base=10_000.0, d_head=d_head))
    test = app(PAGE, of="1.2", token="6", key="2", pair="3")
    assert not test.exception
    _, turns = maps(test)["How far each pair has turned: the cosine of its angle"]
    n_tokens = len(trace.stacks[0].tokens)
    np.testing.assert_allclose(turns, np.cos(np.arange(n_tokens)[:, None] * frequencies), atol=1e-6)

    chart = next(each for each in charts(test) if each["yName"] == "Score")
    score, of_pair, real = chart["lines"]
    expected = float(vectors.scores()[6, 2])
    assert real["x"] == [4]
    assert real["y"] == [pytest.approx(expected, rel=1e-5)]
    assert score["y"][score["x"].index(4)] == pytest.approx(expected, rel=1e-4)
    query, key = (
        rotate(each[[at]], np.array([-at]), frequencies)[0] for each, at in ((vectors.query, 6), (vectors.key, 2))
    )
    moved = rotate(query[None], np.array([9]), frequencies)[0]  # 9 places after the key
    assert score["y"][9] == pytest.approx(float(moved @ key) * vectors.scale, abs=1e-4)
    one = [3, 3 + d_head // 2]
    assert of_pair["y"][9] == pytest.approx(float(moved[one] @ key[one]) * vectors.scale, abs=1e-4)

    dial = next(each.proto.body for each in test.get("html") if "of the query" in each.proto.body)
    at = float(re.findall(r'class="marked" style="--at:([\d.]+)deg', dial)[0])
    assert at == pytest.approx(
        np.degrees(np.arctan2(vectors.query[6, one[1]], vectors.query[6, one[0]])) % 360, abs=0.02
    )
    assert "Values are not turned" in markdown(test)


def test_relative_biases_are_drawn_head_by_head(app: App, pretend: Pretend, trace: Trace) -> None:
    n_tokens, n_heads = len(trace.stacks[0].tokens), 3
    by_distance = np.random.default_rng(2).normal(size=(n_heads, 2 * n_tokens - 1))
    places = np.arange(n_tokens)[None, :] - np.arange(n_tokens)[:, None] + n_tokens - 1
    bias = by_distance[:, places]
    distances = tuple(range(1 - n_tokens, n_tokens))
    pretend(RelativePositions(bias=bias, distances=distances, by_distance=by_distance))
    test = app(PAGE)
    assert not test.exception
    told, values = maps(test)["What each head adds to a score, by distance"]
    np.testing.assert_allclose(values, by_distance[:, :n_tokens], rtol=1e-6)  # a decoder reads no key after its query
    assert told["firstColumn"] == 1 - n_tokens
    _, head = maps(test)["Head 1: bias for each query and key"]
    seen = np.tri(n_tokens, dtype=bool)
    np.testing.assert_allclose(head[seen], bias[1][seen], rtol=1e-6)
    assert np.isnan(head[~seen]).all()


def test_alibi_penalties_are_slope_times_distance(app: App, pretend: Pretend, trace: Trace) -> None:
    pretend(AlibiPositions(slopes=alibi_slopes(6)))
    test = app(PAGE)
    assert not test.exception
    _, values = maps(test)["What each head takes off a score, by distance"]
    np.testing.assert_allclose(values, -alibi_slopes(6)[:, None] * np.arange(32), rtol=1e-6)
    _, head = maps(test)["Head 4: penalty for each query and key"]
    assert head[8, 3] == pytest.approx(-5 * alibi_slopes(6)[4])
    assert np.isnan(head[3, 8])
    chart = next(each for each in charts(test) if each["yName"].startswith("What is left"))
    np.testing.assert_allclose(chart["lines"][4]["y"], np.exp(-alibi_slopes(6)[4] * np.arange(32)), rtol=1e-5)


def test_a_model_without_positions_is_explained_and_the_lesson_stays(app: App, pretend: Pretend) -> None:
    pretend(NotShownError("Nothing tells this model where a token stands."))
    test = app(PAGE)
    assert not test.exception
    assert "Nothing tells this model where a token stands" in said(test)
    assert list(maps(test)) == ["Sinusoids, d = 64, base = 10,000"]
    assert "they are not part of the chosen model" in markdown(test)


def test_every_figure_offers_its_numbers(app: App, pretend: Pretend) -> None:
    schemes: dict[str, Positions | None] = {
        "added": None,
        "rotary": RotaryPositions(frequencies=0.5 ** np.arange(16.0), base=2.0, d_head=32),
        "alibi": AlibiPositions(slopes=alibi_slopes(8)),
    }
    for name, scheme in schemes.items():
        if scheme is not None:
            pretend(scheme)
        test = app(PAGE)
        n_files = len(list(test.get("download_button")))
        figures = {"added": 7, "rotary": 4, "alibi": 5}[name]
        assert n_files == 2 * figures, name
