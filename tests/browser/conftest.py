"""Browser tests: the real app, a real Chromium, and nothing from the outside.

A test asks for `open_page` (or `page`, to go on with it) and opens pages by their address:

    def test_something(open_page: OpenPage) -> None:
        page = open_page("tokens", text="king queen")
        assert page.get_by_text("king").first.is_visible()

When it ends, every request to the outside, error in the page and error in the console fails it.
`@pytest.mark.parametrize("color_scheme", ["light", "dark"])` chooses the look, and "viewport", a width and a height,
the size of the window. Beside the models that ship, the app offers the tiny ones of `models`, as "folder:KIND".

One browser and one app serve all tests of a process, and one browser context all that look alike: a context of its own
would read Streamlit's five megabytes of scripts anew. What a page leaves in the browser is taken away after each test.
"""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chromium import HEAR, ColorScheme, Watch, chromium, find_chromium, settle
from tests.browser.server import Server, running_app
from tests.tiny import save_all

expect.set_options(timeout=20_000)  # how long to wait for what must come: machines that run tests are busy

MODELS = ("bert", "bert-body", "bloom", "gpt2", "gpt_neox", "gpt_oss", "llama", "marian", "mistral", "roberta", "t5")

Watched = tuple[BrowserContext, Watch]


class OpenPage(Protocol):
    """How a test opens a page: `path` as in the address, and what stands behind the question mark."""

    def __call__(self, path: str = "", **query: str) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        reason = "no Chromium or Chrome found, so the browser tests did not run (README.md says how to install one)"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with chromium(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_all(folder, MODELS)
    return folder


@pytest.fixture(scope="session")
def server(browser: Browser, models: Path) -> Iterator[Server]:
    with running_app(HEADLIGHT_MODELS=str(models)) as server:
        server.wait_until_healthy()
        yield server


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Callable[[ColorScheme, tuple[int, int]], Watched]:
    """Return a function from a look and a size to the browser context that has them, and to its record."""

    @cache
    def opened(color_scheme: ColorScheme, viewport: tuple[int, int]) -> Watched:
        width, height = viewport
        context = browser.new_context(color_scheme=color_scheme, viewport={"width": width, "height": height})
        context.set_default_timeout(30_000)
        context.add_init_script(HEAR)
        watch = Watch()
        watch.over(context)
        return context, watch

    return opened


@pytest.fixture
def color_scheme() -> ColorScheme:
    return "light"


@pytest.fixture
def viewport() -> tuple[int, int]:
    return (1280, 720)


@pytest.fixture
def watched(
    contexts: Callable[[ColorScheme, tuple[int, int]], Watched], color_scheme: ColorScheme, viewport: tuple[int, int]
) -> Iterator[Watched]:
    context, watch = contexts(color_scheme, viewport)
    watch.clear()
    yield context, watch
    context.clear_permissions()
    context.clear_cookies()


@pytest.fixture
def watch(watched: Watched) -> Watch:
    """Return the record of `page`; a test that provokes an error may clear it."""
    return watched[1]


@pytest.fixture
def page(watched: Watched) -> Iterator[Page]:
    context, watch = watched
    page = context.new_page()
    yield page
    try:
        forget(page)
    finally:
        for each in context.pages:
            each.close()
    watch.assert_clean()


def forget(page: Page) -> None:
    """Empty what the browser keeps for the page's server; what it keeps for a tab goes with the tab."""
    if not page.is_closed() and page.url.startswith("http"):
        page.evaluate("localStorage.clear()")


@pytest.fixture
def open_page(page: Page, server: Server) -> OpenPage:
    def open_and_settle(path: str = "", **query: str) -> Page:
        page.goto(server.url(path, **query))
        settle(page)
        page.wait_for_selector("h1")
        crashed = page.locator('[data-testid="stException"]')
        assert crashed.count() == 0, f"the app failed on {page.url}:\n{server.log()[-4000:]}"
        return page

    return open_and_settle
