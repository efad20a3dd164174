"""What is loaded once a process, and what a visitor is told meanwhile."""

import gc
import threading
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from headlight.pages.frame.start import loading
from headlight.pages.frame.start.loading import Loading
from tests.app.conftest import App


def waiting() -> None:
    import streamlit as st

    from headlight.pages.frame.start import loading

    loading.wait()
    st.title("The page")


def test_it_is_begun_once_however_many_ask() -> None:
    begun = []
    work = Loading(lambda say: begun.append(say))
    for _ in range(5):
        work.begin()
    work.future.result(timeout=5)
    assert len(begun) == 1


def test_who_waits_reads_the_step_and_then_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    drawn = threading.Event()

    def work(say: Callable[[str], None]) -> None:
        say("a & b")
        assert drawn.wait(timeout=20)

    def draw(step: str) -> str:
        told.append(step)
        drawn.set()
        return step

    monkeypatch.setattr(loading, "_first", Loading(work))
    monkeypatch.setattr(loading, "name_and_step", draw)
    test = AppTest.from_function(waiting, default_timeout=30).run()
    assert told == ["a & b"]
    assert [title.value for title in test.title] == ["The page"]


def test_a_step_is_written_as_text() -> None:
    assert "<b>Headlight</b><span>Loading a &amp; b …</span>" in loading.name_and_step("a & b")


def test_what_goes_wrong_is_told_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(say: Callable[[str], None]) -> None:
        raise ImportError("no such library")

    monkeypatch.setattr(loading, "_first", Loading(work))
    for _ in range(2):
        test = AppTest.from_function(waiting, default_timeout=30).run()
        assert len(test.exception) == 1
        assert not test.title


def test_the_search_for_garbage_goes_on_afterwards(app: App) -> None:
    assert not app("tokens").exception
    assert gc.isenabled()


def test_it_goes_on_when_loading_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        assert not gc.isenabled()
        raise ImportError(name)

    monkeypatch.setattr(loading.importlib, "import_module", fail)
    with pytest.raises(ImportError, match="torch"):
        loading._load_first(lambda step: None)
    assert gc.isenabled()
