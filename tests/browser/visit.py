"""The app with only what `make run` installs: every page, opened by the first visitor of a process.

`make visit` runs this. The app runs in an environment of its own, APP_VENV; the browser is driven from here.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from playwright.sync_api import Page, expect

from headlight.pages.frame.registry import PAGES, PageEntry
from tests.browser.chromium import settle
from tests.browser.server import ROOT, Start, python, running_app
from tests.conftest import HOUSE_SENTENCE

ONLY_IN_EXTRAS = {"beartype", "hypothesis", "import-linter", "mypy", "playwright", "pytest", "sacrebleu"}


def test_the_app_has_an_environment_of_its_own_without_the_extras() -> None:
    program = "import sys; from importlib.metadata import distributions as found; print(sys.prefix);" \
        "print(*(each.name for each in found()))"  # fmt: skip
    done = subprocess.run([python(), "-I", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    prefix, installed = done.stdout.splitlines()
    assert Path(prefix) == (ROOT / os.environ["APP_VENV"]).resolve()
    assert not Path(prefix).samefile(sys.prefix)
    assert {"streamlit", "torch", "transformers"} <= set(installed.split())
    assert ONLY_IN_EXTRAS.isdisjoint(installed.split())


@pytest.mark.parametrize("start", get_args(Start))
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.title)
def test_the_first_visitor_of_a_process_sees_the_page(page: Page, start: Start, entry: PageEntry) -> None:
    with running_app(start) as server:
        server.wait_until_healthy()
        page.goto(server.url(entry.path))
        settle(page)
        main = page.get_by_test_id("stMain")
        expect(main.get_by_role("heading", level=1)).to_have_text(entry.title)
        expect(main.get_by_text("Words on this page")).to_be_visible()  # the last thing a page draws
        expect(page.get_by_role("textbox", name="Your sentence")).to_have_value(HOUSE_SENTENCE)
        assert page.get_by_test_id("stException").count() == 0, server.log()[-4000:]
        for word in HOUSE_SENTENCE.split():
            expect(main.get_by_text(word).filter(visible=True).first).to_be_attached()
        page.close()  # before the server goes, which it would ask for
