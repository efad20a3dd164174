"""Who remembers what: a parameter belongs to its page or is shared, and only what somebody came by is obeyed."""

from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from headlight.pages.frame import address
from headlight.pages.frame.registry import ON_EVERY_PAGE, PAGES, SHARED, UndeclaredParameterError, owner_of
from headlight.viz import explorer
from tests.app.conftest import App, go_to, said


def leave_for(test: AppTest, path: str) -> AppTest:
    """Go to another page as the navigation does: the browser leaves nothing behind the question mark."""
    test.query_params.clear()
    return go_to(test, path)


def go_back(test: AppTest, monkeypatch: pytest.MonkeyPatch, **query: str) -> AppTest:
    """Go back to an address of the page that is open."""
    with monkeypatch.context() as patch:
        patch.setattr(address, "_came_by_history", lambda: True)
        test.query_params.clear()
        test.query_params.update(query)
        return test.run()


def neighbours_of(test: AppTest) -> str:
    return str(test.selectbox(key="_widget_embeddings_token").value)


def test_a_name_belongs_to_its_page_or_to_all_that_declare_it() -> None:
    assert owner_of("token", "embeddings") == "embeddings"
    assert owner_of("token", "positions") == "positions"
    assert owner_of("stack", "embeddings") is None
    assert owner_of("stack", "positions") is None
    assert owner_of("text_b", "tokens", anywhere=True) == "compare_heads"


@pytest.mark.parametrize(("name", "page"), [("token", "tokens"), ("temperature", "attention"), ("nonsense", "")])
def test_an_undeclared_name_is_an_error(name: str, page: str) -> None:
    with pytest.raises(UndeclaredParameterError, match=f"declares no parameter '{name}'"):
        owner_of(name, page)


def test_a_name_that_two_pages_have_is_not_guessed() -> None:
    with pytest.raises(UndeclaredParameterError):
        owner_of("token", "tokens", anywhere=True)


@pytest.mark.parametrize(
    "use",
    [
        lambda: address.choice("nonsense", ("a", "b"), "a", lambda key: "a", what="thing"),
        lambda: address.number("nonsense", 0, 1, 0, lambda key: 0, what="thing"),
        lambda: address.text_choice("nonsense", "Thing"),
        lambda: address.tabs("nonsense", ("a", "b")),
        lambda: address.from_outside("nonsense"),
        lambda: address.write("nonsense", "1"),
        lambda: address.remember("nonsense", 1),
        lambda: address.choose("nonsense", 1),
    ],
)
def test_every_use_of_an_undeclared_name_is_an_error(
    monkeypatch: pytest.MonkeyPatch, use: Callable[[], object]
) -> None:
    monkeypatch.setattr(st, "session_state", {"_page": "tokens"})
    with pytest.raises(UndeclaredParameterError):
        use()


def test_a_page_that_uses_an_undeclared_name_fails_and_the_log_says_why(
    app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("headlight.pages.frame.opening.say_what_to_notice", lambda *_: address.write("nonsense", "1"))
    assert app("tokens").exception
    assert "UndeclaredParameterError" in capsys.readouterr().out


def test_every_shared_name_is_declared_and_those_of_every_page_are_not_declared_again() -> None:
    declared = {name for page in PAGES for name in page.parameters}
    assert SHARED - set(ON_EVERY_PAGE) <= declared
    assert not declared & set(ON_EVERY_PAGE)
    assert set(explorer.SHARED_PARAMETERS) == set(explorer.PARAMETERS["explore"]) & set(explorer.PARAMETERS["compare"])


def test_token_means_two_things_and_each_page_keeps_its_own(app: App) -> None:
    test = app("embeddings", token="2")
    assert neighbours_of(test) == "2"
    leave_for(test, "positions")
    assert "token" not in test.query_params
    test.selectbox(key="_widget_positions_token").set_value(5).run()
    assert test.query_params["token"] == "5"
    leave_for(test, "embeddings")
    assert neighbours_of(test) == "2"
    assert test.query_params["token"] == "2"
    leave_for(test, "positions")
    assert test.selectbox(key="_widget_positions_token").value == 5
    assert test.query_params["token"] == "5"
    assert not said(test)


def test_the_address_that_a_browser_sends_with_a_click_may_be_old(app: App) -> None:
    test = app("positions", d="16")
    test.slider(key="_widget_positions_d").set_value(32).run()
    assert test.query_params["d"] == "32"
    test.query_params["d"] = "16"  # the second click was made before the answer to the first had come
    test.selectbox(key="_widget_positions_token").set_value(5).run()
    assert test.slider(key="_widget_positions_d").value == 32
    assert test.query_params["d"] == "32"
    del test.query_params["d"]
    test.selectbox(key="_widget_positions_token").set_value(6).run()
    assert test.slider(key="_widget_positions_d").value == 32


def test_back_brings_what_its_address_says_and_the_usual_for_the_rest(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = app("positions", d="16", base="30", token="5")
    go_back(test, monkeypatch, text="dogs chase cats", d="32")
    assert test.slider(key="_widget_positions_d").value == 32
    assert test.select_slider(key="_widget_positions_base").value == 10_000
    assert test.selectbox(key="_widget_positions_token").value == 3
    assert test.text_area(key="_text_box").value == "dogs chase cats"
    assert dict(test.query_params) == {"text": "dogs chase cats", "d": "32"}


def test_back_to_an_address_without_a_model_has_the_model_that_ships(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    test = app("tokens", model="headlight-encoder", text="dogs chase cats")
    assert test.selectbox(key="_model_box").value == "headlight-encoder"
    go_back(test, monkeypatch, text="dogs chase cats")
    assert test.selectbox(key="_model_box").value == "headlight-decoder"


def test_back_loses_no_text_that_is_too_long_for_an_address(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    test = app("embeddings")
    long = "word " * 400
    test.text_area(key="_text_box").set_value(long).run()
    test.text_input(key="_widget_embeddings_words").set_value(long).run()
    go_back(test, monkeypatch, token="2")
    assert test.text_area(key="_text_box").value == long
    assert test.text_input(key="_widget_embeddings_words").value == long
    test.text_input(key="_widget_embeddings_words").set_value("king").run()
    go_back(test, monkeypatch, token="2")
    assert test.text_input(key="_widget_embeddings_words").value == ""
