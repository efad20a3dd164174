"""The way to a page: the script of a visit runs first, and no other page is drawn on the way."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from headlight.pages.frame.registry import PAGES, PageEntry
from headlight.pages.frame.start import SCRIPT
from tests.app.conftest import App, go_to

Runs = list[tuple[str, str]]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Return a list that grows by what configures the window and what is titled, and by which file."""
    seen: Runs = []

    def watched(draw: Callable[..., Any], told: str) -> Callable[..., Any]:
        def record(*given: Any, **named: Any) -> Any:
            seen.append((str(named.get(told) or given[0]), Path(sys._getframe(1).f_code.co_filename).name))
            return draw(*given, **named)

        return record

    monkeypatch.setattr(st, "set_page_config", watched(st.set_page_config, "page_title"))
    monkeypatch.setattr(st, "title", watched(st.title, "body"))
    return seen


def expect_one_run(runs: Runs, test: AppTest, page: PageEntry) -> None:
    """Expect that since the last time the script ran once, and this page in it and no other."""
    assert not test.exception
    (configured, drawn) = runs
    assert configured == ("Headlight", SCRIPT.name)
    assert drawn[0] == page.title
    runs.clear()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_page_is_run_by_the_script_and_alone(app: App, runs: Runs, page: PageEntry) -> None:
    test = app(page.path, text="my own words")
    expect_one_run(runs, test, page)
    assert test.query_params["text"] == "my own words"
    expect_one_run(runs, test.text_area(key="_text_box").set_value("others").run(), page)


def test_so_is_the_next_one(app: App, runs: Runs) -> None:
    test = app("tokens")
    expect_one_run(runs, test, next(each for each in PAGES if each.path == "tokens"))
    for page in PAGES:
        expect_one_run(runs, go_to(test, page.path), page)
