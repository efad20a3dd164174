"""Who runs the forward pass: one thread, one request at a time, with a memory for results.

Callers wait in a bounded queue with a deadline. Results and loaded models are kept under string keys, both up to a
number of bytes. Nothing else in the app touches a loaded model, so hooks could be used inside it safely. A second
thread loads models, one at a time; who asks for a model that is being loaded already waits for the same load.
"""

import copy
import gc
import os
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from headlight.model.admitting.catalog import Source
from headlight.model.admitting.facts import ModelFacts
from headlight.model.admitting.loading import LoadedModel, Progress, load
from headlight.model.errors import BusyError, HeadlightError, ModelChangedError
from headlight.model.reading.forward import read
from headlight.model.trace import Trace

T = TypeVar("T")
Key = tuple[str, ...]

LEAST_BYTES = 1_024  # what an item of a Memory counts at least: its key and its place take room too
MOST_SOURCES = 256  # whose traces can still be asked for details
STAMPED_FILES = (".json", ".safetensors", ".model", ".spm", ".txt")  # those that make the numbers
LOOK_AGAIN_S = 0.1  # how often somebody who waits for a load looks for its next step


class Memory:
    """A store that forgets what was used longest ago once it holds more than `max_bytes`, or more than `max_items`."""

    def __init__(self, max_bytes: int, max_items: int | None = None) -> None:
        self.max_bytes = max_bytes
        self.max_items = max_items
        self.n_bytes = 0
        self._items: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def find(self, key: Key) -> Any:
        """Return what was kept under the key, or None."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def keep(self, key: Key, value: Any, n_bytes: int) -> None:
        """Keep a value, and forget the oldest ones until all fits. A value above the limit is not kept."""
        n_bytes = max(n_bytes, LEAST_BYTES)
        with self._lock:
            if key in self._items:
                self.n_bytes -= self._items.pop(key)[1]
            if n_bytes > self.max_bytes:
                return
            self._items[key] = (value, n_bytes)
            self.n_bytes += n_bytes
            while self.n_bytes > self.max_bytes or len(self._items) > (self.max_items or len(self._items)):
                self.n_bytes -= self._items.popitem(last=False)[1][1]


class Worker:
    """A thread that does one job after the other, from a queue that holds `max_waiting`."""

    def __init__(self, name: str, max_waiting: int) -> None:
        self._jobs: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(maxsize=max_waiting)
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Put a job at the end of the queue. Raises BusyError when it is full."""
        future: Future[T] = Future()
        try:
            self._jobs.put_nowait((future, work))
        except queue.Full:
            raise BusyError("Many people are asking at once. Wait a moment and try again.") from None
        return future

    def _work(self) -> None:
        torch.set_num_threads(1)  # the number belongs to the thread that sets it
        while True:
            future, work = self._jobs.get()
            if future.set_running_or_notify_cancel():  # else its caller's deadline passed while it waited
                try:
                    future.set_result(work())
                except BaseException as error:
                    future.set_exception(error)
            del future, work  # while this thread waits, it holds on to no model and no result


@dataclass(slots=True, eq=False)
class Loading:
    """A load that somebody asked for: its steps so far, and what comes of it."""

    steps: list[str] = field(default_factory=list)
    future: Future[LoadedModel] = field(default_factory=Future)


class Engine:
    """The one place where models are loaded and run."""

    def __init__(
        self,
        *,
        max_waiting: int = 64,
        deadline_s: float = 10.0,
        max_result_bytes: int = 256 * 2**20,
        max_models: int = 6,  # the bundled ones, and two more
        max_model_bytes: int = 3 * 2**30,
        max_loads: int = 8,
        load_deadline_s: float = 120.0,
    ) -> None:
        torch.set_num_threads(1)  # steadier on shared machines, and 30 users at once are served faster
        self.deadline_s = deadline_s
        self.load_deadline_s = load_deadline_s
        self.max_loads = max_loads
        self.memory = Memory(max_result_bytes)
        self._models = Memory(max_model_bytes, max_models)
        self._sources = Memory(MOST_SOURCES * LEAST_BYTES)  # of (name, revision) of the models loaded so far
        self._forwards = Worker("headlight-engine", max_waiting)
        self._loader = Worker("headlight-loader", max_loads)
        self._loads: dict[Key, Loading] = {}  # those that are not finished
        self._loads_lock = threading.Lock()

    def trace(self, source: Source, text: str, target: str | None = None) -> Trace:
        """Return the Trace of a model on a text, from memory when it was asked before.

        Raises what loading and reading raise, and BusyError when the queue is full or the deadline passes.
        """
        loaded = self.loaded(source)
        key = ("trace", loaded.facts.name, loaded.facts.revision, text, "" if target is None else f"={target}")
        return self.call(lambda: read(loaded, text, target), key=key, n_bytes=lambda trace: trace.nbytes)

    def facts(self, source: Source) -> ModelFacts:
        """Return the facts of a model, loading it when it is not in memory."""
        return self.loaded(source).facts

    def call(
        self,
        work: Callable[[], T],
        *,
        key: Key | None = None,
        n_bytes: Callable[[T], int] | None = None,
        deadline_s: float | None = None,
    ) -> T:
        """Run `work` on the engine's thread. With a key the result is kept, and found again instead of worked out.

        Raises what `work` raises, and BusyError when the queue is full or the deadline passes, waiting included.
        """
        if key is not None and (kept := self.memory.find(key)) is not None:
            return kept  # type: ignore[no-any-return]

        def remembered() -> T:
            # Asked again: of thirty users who open the same preset at once, one pays.
            if key is not None and (kept := self.memory.find(key)) is not None:
                return kept  # type: ignore[no-any-return]
            with torch.inference_mode():
                result = work()
            if key is not None:
                self.memory.keep(key, result, n_bytes(result) if n_bytes else 0)
            return result

        deadline_s = deadline_s or self.deadline_s
        future = self._forwards.submit(remembered)
        try:
            return future.result(timeout=deadline_s)
        except TimeoutError:
            if not future.cancel() and future.done():
                return future.result()
            raise BusyError(
                f"The answer took more than {deadline_s:g} seconds. Try again, with a shorter text."
            ) from None

    def loaded(self, source: Source, progress: Progress = lambda step: None) -> LoadedModel:
        """Return the model in memory, loading it when it is not. `progress` is called with the name of each step.

        A load goes on when the one who asked for it leaves, or waited longer than the deadline (BusyError): others
        may wait for the same one.
        """
        key = _model_key(source)
        if (kept := self._models.find(key)) is not None:
            return kept  # type: ignore[no-any-return]
        with self._loads_lock:
            if (kept := self._models.find(key)) is not None:
                return kept  # type: ignore[no-any-return]
            if (loading := self._loads.get(key)) is None:
                loading = Loading(["Waiting for another model to load"] if self._loads else [])
                self._loader.submit(lambda: self._load(key, source, loading))
                self._loads[key] = loading
        return self._wait(loading, progress)

    def loaded_for(self, trace: Trace) -> LoadedModel:
        """Return the model that made a trace, loading it again when it was dropped from memory.

        Raises ModelChangedError when its files have changed since, or nobody remembers where they were.
        """
        source: Source | None = self._sources.find((trace.model_name, trace.revision))
        loaded = None if source is None else self.loaded(source)
        if loaded is None or loaded.facts.revision != trace.revision:
            raise ModelChangedError(
                "The files of this model have changed since it read this sentence. Press Enter in the sentence box, so "
                "that it reads it again."
            )
        return loaded

    def _load(self, key: Key, source: Source, loading: Loading) -> None:
        """Load a model, on the loader's thread."""
        try:
            loaded = load(source, loading.steps.append)
            loading.steps.append("First forward pass")
            # Finds a model that returns no attentions or no numbers, and warms what is lazy.
            self.call(lambda: read(loaded, "a"), deadline_s=self.load_deadline_s)
            self._sources.keep((loaded.facts.name, loaded.facts.revision), source, LEAST_BYTES)
            self._models.keep(key, loaded, _model_bytes(loaded))
            if gc.isenabled():  # else somebody loads more, and settles when all is there
                settle_memory()
            loading.future.set_result(loaded)
        except BaseException as error:
            loading.future.set_exception(error)
        finally:
            with self._loads_lock:
                del self._loads[key]

    def _wait(self, loading: Loading, progress: Progress) -> LoadedModel:
        """Return what comes of a load, and report its steps while it lasts."""
        deadline = time.monotonic() + self.load_deadline_s
        n_reported = 0
        while not loading.future.done():
            if time.monotonic() > deadline:
                raise BusyError("This model is still being loaded. Wait a moment and try again.")
            for step in loading.steps[n_reported:]:
                progress(step)
                n_reported += 1
            wait([loading.future], timeout=LOOK_AGAIN_S)
        error = loading.future.exception()
        if isinstance(error, HeadlightError):
            raise copy.copy(error).with_traceback(None) from error.__cause__  # one object each, for all who wait
        return loading.future.result()


def _model_key(source: Source) -> Key:
    """Return what changes when the files of a model change: a folder may be trained further while the app runs."""
    try:
        with os.scandir(source.folder) as entries:
            stats = {each.name: each.stat() for each in entries if each.name.endswith(STAMPED_FILES)}
    except OSError:
        return (source.name, str(source.folder))  # loading says what is wrong with it
    stamps = [f"{name}:{found.st_mtime_ns}:{found.st_size}" for name, found in sorted(stats.items())]
    return (source.name, str(source.folder), *stamps)


def _model_bytes(loaded: LoadedModel) -> int:
    tensors = [*loaded.module.parameters(), *loaded.module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def settle_memory() -> None:
    """Free what nothing refers to, and move all that lives now out of the garbage collector's sight.

    Streamlit collects after every script run while it holds the interpreter's lock; with torch and transformers
    imported that costs 210 ms a run, and nothing once they are frozen.
    """
    gc.unfreeze()  # else a model that was dropped, and is part of a cycle, would stay for ever
    gc.collect()
    gc.freeze()


_engine: Engine | None = None
_engine_lock = threading.Lock()


def default_engine() -> Engine:
    """Return the engine of this process."""
    global _engine
    with _engine_lock:
        if _engine is None:
            _engine = Engine()
        return _engine
