"""The Embeddings page: its numbers are the Trace's, and nothing that is typed breaks it."""

import json
import re
import struct
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from headlight.model import questions
from headlight.model.reading.tokens import spell
from headlight.model.run import run
from headlight.model.science.projection import angles, cosines, nearest
from headlight.model.trace import Trace
from headlight.pages.embeddings.extra_words import look_up, parse
from tests.app.conftest import App, said
from tests.inside import vocabulary_vectors

PAGE = "embeddings"


def figure_of(test: AppTest) -> dict[str, Any]:
    (chart,) = test.get("plotly_chart")
    spec: dict[str, Any] = json.loads(chart.proto.spec)
    return spec


def labels_of(figure: dict[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"]["scene"]["annotations"]]


def html_of(test: AppTest, part: str) -> str:
    bodies: list[str] = [each.proto.body for each in test.get("html")]
    return next(body for body in bodies if f'class="{part}"' in body)


def matrices_of(test: AppTest) -> tuple[dict[str, Any], np.ndarray]:
    for each in test.get("bidi_component"):
        data = each.proto.bytes
        if data:
            (length,) = struct.unpack("<I", data[:4])
            return json.loads(data[4 : 4 + length]), np.frombuffer(data[4 + length :], "<f4")
    raise AssertionError("no matrix was sent")


def near(test: AppTest) -> list[str]:
    return re.findall(r'<span class="name">(.*?)</span>', html_of(test, "shares"))


def test_angles_and_coordinates_are_those_of_the_trace(app: App, house_trace: Trace) -> None:
    test = app(PAGE)
    (stack,) = house_trace.stacks
    header, values = matrices_of(test)
    assert [each["name"] for each in header["maps"]] == ["Token", "Into layer 0"] + [
        f"After layer {i}" for i in range(6)
    ]
    n_cells = len(stack.tokens) ** 2
    np.testing.assert_allclose(
        values[:n_cells].reshape(len(stack.tokens), -1), angles(stack.token_embeddings), atol=1e-4
    )
    np.testing.assert_allclose(
        values[-n_cells:].reshape(len(stack.tokens), -1), angles(stack.hidden_states[-1]), atol=1e-4
    )

    (teacher,) = (each for each in figure_of(test)["layout"]["scene"]["annotations"] if each["text"] == "teacher")
    basis = questions.word_space(house_trace).basis
    np.testing.assert_allclose(
        [teacher[letter] for letter in "xyz"], basis.project(stack.token_embeddings)[2], atol=1e-6
    )
    assert f"{100 * basis.explained.sum():.1f} %" in html_of(test, "gauges")


def test_neighbours_are_those_of_the_vocabulary(app: App, house_trace: Trace) -> None:
    test = app(PAGE, token="2")
    (stack,) = house_trace.stacks
    found = cosines(stack.token_embeddings[2], vocabulary_vectors(house_trace))
    ids = nearest(found, 8, without=(int(stack.ids[2]),))
    assert near(test)[:-1] == [spell(piece) for piece in questions.pieces_of(house_trace, ids.tolist())]
    assert f"{found[ids[0]]:.2f} · " in html_of(test, "shares")


def test_a_word_of_several_tokens_is_a_mean_and_says_so(app: App) -> None:
    test = app(PAGE, words="king queen")
    assert any("is 2 tokens" in each.value and "mean of their vectors" in each.value for each in test.caption)
    assert {"king", "queen"} <= set(labels_of(figure_of(test)))
    assert test.query_params["words"] == "king queen"


def test_a_sum_is_drawn_and_its_words_are_left_out_of_its_neighbours(app: App) -> None:
    test = app(PAGE, words="king - man + woman")
    assert "king − man + woman" in labels_of(figure_of(test))
    assert not {"␣king", "␣man", "␣woman"} & set(near(test))
    trace = run("headlight-decoder", "a")
    vocabulary = vocabulary_vectors(trace)
    king, man, woman = (word.ids[0] for word in questions.words(trace, ["king", "man", "woman"]))
    found = cosines(vocabulary[king] - vocabulary[man] + vocabulary[woman], vocabulary)
    (first,) = nearest(found, 1, without=(king, man, woman)).tolist()
    assert near(test)[0] == spell(questions.pieces_of(trace, [first])[0])


def test_position_moves_a_repeated_token(app: App) -> None:
    assert labels_of(figure_of(app(PAGE))).count("the") == 1
    assert labels_of(figure_of(app(PAGE, vectors="sum"))).count("the") == 2


def test_seen_from_the_mean(app: App) -> None:
    raw, centred = (matrices_of(app(PAGE, origin=origin))[1] for origin in ("zero", "mean"))
    assert raw.shape == centred.shape
    assert np.nanmean(centred) > np.nanmean(raw) + 10


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("king queen, king", ["king", "queen"]),
        ("king - man + woman", ["king", "man", "woman", "king − man + woman"]),
        ("- man + king queen", ["man", "king", "queen", "− man + king"]),
        ("king -", ["king"]),
        ("+ -", []),
    ],
)
def test_words_and_sums_are_told_apart(house_trace: Trace, text: str, names: list[str]) -> None:
    asked, n_left_out = parse(text)
    words = look_up(house_trace, asked)
    assert [word.name for word in words] == names
    assert n_left_out == 0
    vectors = {word.name: word.vector for word in words}
    if "− man + king" in vectors:
        np.testing.assert_allclose(vectors["− man + king"], vectors["king"] - vectors["man"], atol=1e-6)


@pytest.mark.parametrize(
    "words",
    [
        "x",
        "+",
        "- -",
        "<b> %{x} $x$ </script>",
        "![](http://192.0.2.1/x)",
        "a\x00b \u202e",
        "🏦 שלום",
        "word " * 500,
        "x" * 3_000,
    ],
)
def test_strange_words_are_read(app: App, words: str) -> None:
    test = app(PAGE)
    test.text_input(key="_widget_embeddings_words").set_value(words).run()
    assert not test.exception
    assert not test.error
    assert test.text_input(key="_widget_embeddings_words").value == words


def test_words_that_are_left_out_are_said(app: App) -> None:
    test = app(PAGE, words=" ".join(f"word{i}" for i in range(30)))
    assert any("Only the first 24 words" in each.value for each in test.caption)


def test_the_longest_text_is_drawn(app: App) -> None:
    test = app(PAGE, text="one two three four five six seven " * 40)
    assert not test.exception
    header, values = matrices_of(test)
    assert len(header["axes"][0]["rows"]) == 256
    assert values.nbytes < 4e6


def test_a_token_that_is_not_there_is_answered(app: App) -> None:
    assert "The link asks for a token that is not there" in said(app(PAGE, token="99"))
