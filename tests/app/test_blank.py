"""Fill in the blank without a browser: what the page sends is the model's, and the choice lives in the address."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from headlight.model import questions
from headlight.model.engine.answers import blanks
from headlight.model.run import run
from headlight.model.trace import Trace
from headlight.pages.next_token.blank import usual_place
from tests.app.conftest import App, go_to, said
from tests.app.test_next_token import bars, html
from tests.browser.test_hostile import PAYLOADS

PAGE = "next_token"
TEXT = "The teacher taught the students that sat on the bank."

Tiny = Callable[[str], Path]
Open = Callable[..., AppTest]


@pytest.fixture
def opened(app: App, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens the page on a tiny masked language model."""

    def start(kind: str = "bert", page: str = PAGE, text: str = TEXT, **query: str) -> AppTest:
        monkeypatch.setenv("HEADLIGHT_MODELS", str(tiny(kind).parent))
        test = app(page, text=text, model=f"folder:{kind}", **query)
        assert not test.exception
        return test

    return start


def strip(test: AppTest) -> dict[str, Any]:
    """Return what the page sent to the sentence with the blank."""
    (found,) = (each for each in test.get("bidi_component") if each.proto.component_name.endswith("headlight.blank"))
    data: dict[str, Any] = json.loads(found.proto.json)
    return data


def trace_of(tiny: Tiny, text: str = TEXT, kind: str = "bert") -> Trace:
    return run(str(tiny(kind)), text)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "albert", "modernbert"])
def test_the_page_sends_the_logits_at_the_blank(opened: Open, tiny: Tiny, kind: str) -> None:
    test = opened(kind, blank="2")
    trace = trace_of(tiny, kind=kind)
    header, logits = bars(test)
    np.testing.assert_array_equal(logits, questions.blank_logits(trace, 2))
    assert header["wording"]["column"] == "Fits the blank"
    hidden = int(trace.stacks[0].ids[2])
    assert header["marked"]["candidate"]["id"] == hidden
    assert header["marked"]["candidate"]["name"] == questions.names_of(trace, [hidden])[0]
    rank = 1 + int((logits > logits[hidden]).sum())
    assert header["marked"]["rank"].startswith(str(rank))
    assert strip(test)["hidden"] == 2
    assert strip(test)["mask"] in ("[MASK]", "<mask>")
    scores = html(test, "strip scores")
    for share in questions.blank_scores(trace).probability[1:-1]:
        assert f"{100 * share:.2f} %" in scores or share < 0.00005
    assert not said(test)


def test_nobody_chose_so_the_last_whole_word_is_hidden(opened: Open, tiny: Tiny) -> None:
    test = opened()
    trace = trace_of(tiny)
    place = usual_place(trace.stacks[0], TEXT)
    assert trace.stacks[0].tokens[place] == "bank"
    assert strip(test)["hidden"] == place
    assert "blank" not in test.query_params


@pytest.mark.parametrize(("text", "token"), [("king", "##g"), ("?", "?"), ("book, king", "book"), ("1 2 .", ".")])
def test_a_text_without_a_whole_word_hides_something_too(tiny: Tiny, text: str, token: str) -> None:
    stack = trace_of(tiny, text).stacks[0]
    assert stack.tokens[usual_place(stack, text)] == token


def test_the_place_outlives_a_page_change(opened: Open) -> None:
    test = opened(blank="3")
    go_to(test, "tokens")
    assert "blank" not in test.query_params
    go_to(test, PAGE)
    assert strip(test)["hidden"] == 3
    assert test.query_params["blank"] == "3"


def test_another_sentence_has_its_own_blank(opened: Open) -> None:
    test = opened(blank="3")
    test.text_area(key="_text_box").set_value("the queen and that teacher").run()
    assert strip(test)["tokens"][strip(test)["hidden"]]["name"] == "teacher"
    assert "blank" not in test.query_params


@pytest.mark.parametrize("asked", ["0", "99", "-1", "2.5", "book", "", "٣"])
def test_a_place_that_is_not_there_is_said(opened: Open, tiny: Tiny, asked: str) -> None:
    test = opened(blank=asked)
    usual = usual_place(trace_of(tiny).stacks[0], TEXT)
    assert f"The link asks for a token that is not there, so token {usual} is shown." in said(test)
    assert strip(test)["hidden"] == usual
    assert "blank" not in test.query_params


def test_the_tokens_of_the_tokenizer_cannot_be_hidden(opened: Open) -> None:
    tokens = strip(opened(text="the"))["tokens"]
    assert [each["special"] for each in tokens] == [True, False, True]


def test_a_long_text_is_scored_when_asked(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blanks, "QUICK_OPERATIONS", 0)
    test = opened(text="the queen, the queen and a king")  # of which nothing is in memory
    assert not [each for each in test.get("html") if "strip scores" in each.proto.body]
    (button,) = (each for each in test.button if each.label.startswith("Hide each of the"))
    button.click().run()
    assert html(test, "strip scores")
    assert not test.exception


def test_a_text_past_the_context_is_read_from_its_beginning(opened: Open) -> None:
    test = opened(text="The king and the queen. " * 30)
    assert "its beginning is shown" in said(test)
    assert len(strip(test)["tokens"]) == 40


def test_empty_text_is_said(opened: Open) -> None:
    test = opened()
    test.text_area(key="_text_box").set_value("  ").run()
    assert "There is no text to read yet" in said(test)
    assert not test.exception


def test_hostile_text_is_data(opened: Open) -> None:
    for payload in (*PAYLOADS[::5], "\u202e🏦\x00 e\u0301", "[MASK] [SEP]", "$x$ :red[a] `b` |"):
        test = opened(text=payload)
        assert test.text_area(key="_text_box").value == payload
        assert strip(test)["mask"] == "[MASK]"


def test_other_models_know_no_blank(app: App) -> None:
    test = app(PAGE, blank="2")
    assert "blank" not in test.query_params
    assert not [each for each in test.get("bidi_component") if each.proto.component_name.endswith("headlight.blank")]


def test_the_overview_ends_in_a_filled_blank(opened: Open, tiny: Tiny) -> None:
    test = opened(page="")
    drawn = [each.proto.body for each in test.get("html") if 'class="stage"' in each.proto.body]
    assert len(drawn) == 8
    trace = trace_of(tiny)
    logits = questions.blank_logits(trace, usual_place(trace.stacks[0], TEXT)).astype(np.float64)
    assert "The teacher taught the students that sat on the [MASK]." in drawn[4]
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    for share in sorted(shares, reverse=True)[:5]:
        assert f">{100 * share:.1f} %<" in drawn[6]
    assert f"token {shares.argmax()}" in drawn[7]
    assert [each.proto.label for each in test.get("page_link")][-4:] == ["Fill it in"] * 4
