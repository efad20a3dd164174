"""What a full garbage collection costs in a process that has shown every page: Streamlit does one after each run."""

import gc
import time
from collections.abc import Iterator

from streamlit.testing.v1 import AppTest

from headlight.pages.frame.registry import PAGES
from headlight.pages.frame.start import SCRIPT
from tests.benchmarks.report import Row


def measure() -> Iterator[Row]:
    """Yield the milliseconds of `gc.collect(2)`."""
    slowest = max(collections())
    yield Row("`gc.collect(2)` in a warm app", slowest, "ms", 20, "slowest of 11, after every page was shown")


def collections() -> list[float]:
    """Show every page once, then return the milliseconds of each of eleven collections."""
    app = AppTest.from_file(SCRIPT, default_timeout=60).run()
    for page in PAGES:
        app.switch_page(page.file).run()
        assert not app.exception, app.exception
    times = []
    for _ in range(11):
        start = time.perf_counter()
        gc.collect(2)
        times.append(1000 * (time.perf_counter() - start))
    return times
