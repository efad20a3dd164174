"""From `streamlit run` to the first complete page in a browser, and what that page weighs."""

import base64
import statistics
import time
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page

from tests.benchmarks.report import Row
from tests.browser.chromium import chromium, find_chromium
from tests.browser.server import running_app

N_STARTS = 5
COMPLETE = '[data-testid="stApp"][data-test-connection-state="CONNECTED"][data-test-script-state="notRunning"]'


def measure() -> Iterator[Row]:
    """Yield the seconds to the first page and its bytes."""
    path = find_chromium()
    if path is None:
        print("No Chromium found: start and weight of the first page were not measured.")
        return
    with chromium(path) as browser:
        starts = [first_page(browser) for _ in range(N_STARTS)]
    seconds = [each[0] for each in starts]
    detail = f"slowest of {N_STARTS} starts (median {statistics.median(seconds):.1f} s), files in the disk's cache"
    yield Row("`streamlit run` to the first complete Overview", max(seconds), "s", 4, detail)
    http, socket = statistics.median(each[1] for each in starts), statistics.median(each[2] for each in starts)
    detail = f"{http / 1e6:.2f} MB by HTTP, {socket / 1e6:.2f} MB by websocket; empty browser cache, no proxy"
    yield Row("first load of Overview", (http + socket) / 1e6, "MB", 3.5, detail)


def first_page(browser: Browser) -> tuple[float, int, int]:
    """Start the app, open Overview, and return the seconds until it was complete and its HTTP and websocket bytes."""
    with running_app() as server:
        start = time.perf_counter()
        server.wait_until_healthy()
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        page = context.new_page()
        weight = Weight(page)
        page.goto(server.url())
        page.get_by_test_id("stMain").get_by_text("Words on this page").wait_for()  # the last thing a page draws
        page.wait_for_selector(COMPLETE)
        seconds = time.perf_counter() - start
        page.wait_for_load_state("networkidle")
        context.close()
        return seconds, weight.http, weight.socket


class Weight:
    """The bytes that a page receives."""

    def __init__(self, page: Page) -> None:
        self.http = 0
        self.socket = 0
        session = page.context.new_cdp_session(page)
        session.on("Network.loadingFinished", self._loaded)
        session.on("Network.webSocketFrameReceived", self._received)
        session.send("Network.enable")

    def _loaded(self, event: dict[str, Any]) -> None:
        self.http += int(event["encodedDataLength"])

    def _received(self, event: dict[str, Any]) -> None:
        frame = event["response"]
        binary = frame["opcode"] == 2
        self.socket += len(base64.b64decode(frame["payloadData"]) if binary else frame["payloadData"].encode())
