"""Every page on a tiny model of every family: it draws, or a sentence says why not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from headlight.model.admitting.catalog import MODELS
from headlight.pages.frame.registry import PAGES
from tests.app.conftest import App, said
from tests.tiny import HEADLESS, NAMED, RECURRENT

KINDS = (*NAMED, *HEADLESS, *RECURRENT, "gpt_neox", "gpt_oss")
TEXT = "a the book the book the"

Tiny = Callable[[str], Path]


@pytest.fixture
def open_kind(app: App, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> App:
    """Return a function that opens a page on a kind of tiny model."""

    def start(page: str, family: str, **query: str) -> AppTest:
        monkeypatch.setenv("HEADLIGHT_MODELS", str(tiny(family).parent))
        return app(page, text=TEXT, model=f"folder:{family}", **query)

    return start


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_draws_or_says_why_not(open_kind: App, kind: str) -> None:
    for page in PAGES:
        test = open_kind(page.path, kind)
        assert not test.exception, (page.title, test.exception)
        assert not test.error, (page.title, said(test))
        assert test.title[0].value == page.title
        assert test.text_area(key="_text_box").value == TEXT


@pytest.mark.parametrize("kind", ["gpt2-body", "bert-body"])
def test_a_model_without_a_language_model_head_says_so_on_the_next_token_page(open_kind: App, kind: str) -> None:
    test = open_kind("next_token", kind)
    assert "predicts no next token" in said(test)


@pytest.mark.parametrize("page", ["attention", "compare_heads"])
def test_a_model_without_attention_says_so(open_kind: App, page: str) -> None:
    test = open_kind(page, "mamba")
    assert "This model has no attention: no token looks back at another one." in said(test)
    assert [each.proto.label for each in test.main.get("page_link")] == ["Embeddings", "Next token"]
    (offer,) = test.main.button
    assert offer.label == MODELS[0].title
    test = offer.click().run()
    assert any(each.proto.component_name.endswith("headlight.explorer") for each in test.get("bidi_component"))


def test_a_model_without_positions_says_why_it_needs_none(open_kind: App) -> None:
    test = open_kind("positions", "mamba")
    assert "it reads the tokens one after the other" in said(test)
    assert "needs no positions: the order is in the reading" in written(test)


@pytest.mark.parametrize(("target", "origin"), [("the king", "was typed"), ("", "the model wrote itself")])
def test_the_pages_say_whose_words_the_decoder_reads(open_kind: App, target: str, origin: str) -> None:
    boxes = {"target": target} if target else {}
    assert f"what follows {origin}" in written(open_kind("tokens", "marian", **boxes))
    test = open_kind("next_token", "marian", **boxes)
    assert "How likely was each token of what the decoder reads?" in [each.value for each in test.subheader]
    assert "having read only the encoder’s text and what stands before it" in written(test)


def test_only_cross_attention_is_explained_as_looking_across(open_kind: App) -> None:
    across = "stands one row above that word"
    assert across in written(open_kind("attention", "marian", target="the king", kind="cross"))
    assert across not in written(open_kind("attention", "marian", target="the king", kind="decoder"))


def written(test: AppTest) -> str:
    """Return all Markdown of the page itself."""
    return " ".join(each.value for each in test.main.markdown)


@pytest.mark.parametrize("family", ["t5", "marian", "bart"])
@pytest.mark.parametrize("kind", ["encoder", "decoder", "cross"])
def test_an_encoder_decoder_offers_its_three_attentions(open_kind: App, family: str, kind: str) -> None:
    test = open_kind("attention", family, target="the king", kind=kind)
    assert not test.exception
    assert not test.warning
    assert test.session_state["_widget_kind"] == kind
    assert test.text_area(key="_widget_target").value == "the king"
