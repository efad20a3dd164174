"""What takes seconds and is done once a process: in a thread of its own, while the browser fetches the page's scripts.

Each step has a name, which whoever waits gets to read.
"""

import gc
import importlib
import threading
from collections.abc import AsyncIterator, Callable
from concurrent import futures
from contextlib import asynccontextmanager

import streamlit as st

from headlight.pages.frame.start.first_frame import STYLE, name_and_step

LOOK_AGAIN_S = 0.05  # how often somebody who waits looks for the next step

# In place of the page, and without Streamlit's button that stops the script: there would be no page then.
IN_PLACE = f"""<style>
{STYLE}
.first-frame {{ min-height: 70vh; }}
[data-testid="stStatusWidget"] {{ display: none; }}
</style>"""


class Loading:
    """Work that is begun by the first who asks for it, and the name of its step."""

    def __init__(self, work: Callable[[Callable[[str], None]], None]) -> None:
        self.step = ""
        self.future: futures.Future[None] = futures.Future()
        self._work = work
        self._begun = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Begin, unless somebody did."""
        with self._lock:
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._run, name="headlight-loading", daemon=True).start()

    def _run(self) -> None:
        try:
            self._work(self._say)
            self.future.set_result(None)
        except BaseException as error:
            self.future.set_exception(error)

    def _say(self, step: str) -> None:
        self.step = step


def _load_first(say: Callable[[str], None]) -> None:
    """Load what every page needs."""
    gc.disable()  # what is loaded stays: to search it for garbage again and again would be a quarter of the work
    try:
        from headlight.pages.frame.policy import take_over

        take_over()
        say("PyTorch")
        importlib.import_module("torch")
        say("transformers")
        importlib.import_module("headlight.pages.frame.opening")
        say("the model that ships with Headlight")
        from headlight.model.admitting import catalog
        from headlight.model.engine import default_engine

        default_engine().facts(catalog.admit_typed(catalog.MODELS[0].name))
    finally:
        gc.freeze()  # the search comes when a page is drawn
        gc.enable()


def _load_rest(say: Callable[[str], None]) -> None:
    """Load what one page draws with, and search for garbage."""
    from headlight.pages.frame.policy import settle_memory

    say("plotly")
    importlib.import_module("plotly.graph_objects")
    settle_memory()


_first = Loading(_load_first)
_rest = Loading(_load_rest)


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Begin to load when the server starts."""
    _first.begin()
    yield


def wait() -> None:
    """Return when all is loaded that a page needs; until then say what is being done. Raises what loading raises."""
    _first.begin()
    if not _first.future.done():
        place, step = st.empty(), ""
        while not _first.future.done():
            if _first.step != step:
                step = _first.step
                place.html(IN_PLACE + name_and_step(step))
            futures.wait([_first.future], timeout=LOOK_AGAIN_S)
        place.empty()
    _first.future.result()


def load_rest() -> None:
    """Load what the first page does without, now that it is drawn."""
    _rest.begin()
