"""Browser tests: the real app, a real Chromium, and nothing from the outside.

A test asks for `open_page` (or `page`, to go on with it) and opens pages by their address:

    def test_something(open_page: OpenPage) -> None:
        page = open_page("tokens", text="king queen")
        assert page.get_by_text("king").first.is_visible()

When it ends, every request to the outside, error in the page and error in the console fails it.
`@pytest.mark.parametrize("color_scheme", ["light", "dark"])` chooses the look, and "viewport", a width and a height,
the size of the window.
"""

import os
from collections.abc import Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import HEAR, ColorScheme, Watch, chromium, find_chromium, settle
from tests.browser.server import Server, running_app

expect.set_options(timeout=20_000)  # how long to wait for what must come: machines that run tests are busy


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
def server(browser: Browser) -> Iterator[Server]:
    with running_app() as server:
        server.wait_until_healthy()
        yield server


@pytest.fixture
def color_scheme() -> ColorScheme:
    return "light"


@pytest.fixture
def viewport() -> tuple[int, int]:
    return (1280, 720)


@pytest.fixture
def watch() -> Watch:
    """Return the record that `page` keeps; a test that provokes an error may empty it."""
    return Watch()


@pytest.fixture
def page(browser: Browser, color_scheme: ColorScheme, viewport: tuple[int, int], watch: Watch) -> Iterator[Page]:
    width, height = viewport
    context = browser.new_context(color_scheme=color_scheme, viewport={"width": width, "height": height})
    context.set_default_timeout(30_000)
    context.add_init_script(HEAR)
    watch.over(context)
    yield context.new_page()
    context.close()
    watch.assert_clean()


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
