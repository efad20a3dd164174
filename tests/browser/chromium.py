"""A real Chromium that can reach nothing but this machine, and a record of all it tried."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlparse

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ColorScheme = Literal["light", "dark"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# A page opened by its own address asks /<page>/_stcore/... first and finds out from the 404s where the server is.
HARMLESS = re.compile(r"/_stcore/(health|host-config)$")

# Runs before a page's own scripts, and notes whether the server has said anything since it was last written to.
HEAR = """(() => {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...data) {
    window.unanswered = true;
    this.addEventListener('message', () => { window.unanswered = false; }, { once: true });
    return send.apply(this, data);
  };
})()"""
SETTLED = """() => {
  const app = document.querySelector('[data-testid="stApp"]')?.dataset;
  return app?.testConnectionState === 'CONNECTED' && app.testScriptState === 'notRunning' && !window.unanswered
    && (window.headlightListens && window.headlightEnters
      || document.querySelector('[data-testid="stException"]') !== null);
}"""


def find_chromium() -> str | None:
    """Return the path of a browser that is installed: from the system, or by `playwright install chromium`."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """Start Chromium, shut in: every name but 127.0.0.1 is unknown to it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(slots=True)
class Watch:
    """What the pages of a browser context asked for, and what went wrong in them."""

    outside_requests: list[str] = field(default_factory=list)
    page_errors: list[str] = field(default_factory=list)
    console_errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Start to watch every page of the context, present and future."""
        context.on("request", lambda request: self._note_request(request.url))
        context.on("weberror", lambda error: self.page_errors.append(str(error.error)))
        context.on(
            "console",
            lambda message: (
                self._note_console(message.text, message.location["url"]) if message.type == "error" else None
            ),
        )
        context.on("page", lambda page: page.on("websocket", lambda socket: self._note_request(socket.url)))

    def clear(self) -> None:
        """Forget what was seen."""
        for seen in (self.outside_requests, self.page_errors, self.console_errors):
            seen.clear()

    def assert_clean(self) -> None:
        """Raise AssertionError with all that was seen, when anything was."""
        seen = {
            "requests to the outside": self.outside_requests,
            "errors in the page": self.page_errors,
            "errors in the console": self.console_errors,
        }
        assert not any(seen.values()), "\n".join(f"{what}: {items}" for what, items in seen.items() if items)

    def _note_request(self, url: str) -> None:
        parts = urlparse(url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1":
            self.outside_requests.append(url)

    def _note_console(self, text: str, url: str) -> None:
        if not (HARMLESS.search(url) and "404" in text):
            self.console_errors.append(f"{text} ({url})")


def settle(page: Page) -> None:
    """Wait until the app has finished running for what was last done on the page, and its own scripts are at work.

    On a busy machine the run may begin late: a page that runs `HEAR` is not taken for finished before it has begun.
    """
    page.wait_for_timeout(150)  # a change needs a moment to be sent
    page.wait_for_function(SETTLED, timeout=60_000)
    page.wait_for_timeout(50)  # and the last drawing a frame or two
