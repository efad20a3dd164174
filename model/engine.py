"""Who runs the forward pass: one thread, one request at a time, with a memory for results.

Callers wait in a bounded queue with a deadline. Results and loaded models are kept under string keys, results up to
a number of bytes. Nothing else in the app touches a loaded model, so hooks could be used inside it safely.
"""

import gc
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import torch

from model.catalog import Source
from model.errors import BusyError
from model.facts import ModelFacts
from model.forward import read
from model.loading import LoadedModel, Progress, load
from model.trace import Trace

T = TypeVar("T")
Key = tuple[str, ...]


class Memory:
    """A store that forgets what was used longest ago once it holds more than `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.n_bytes = 0
        self._items: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Key) -> Any:
        """Return what was kept under the key, or None."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def keep(self, key: Key, value: Any, n_bytes: int) -> None:
        """Keep a value, and forget the oldest ones until all fits. A value above the limit is not kept."""
        with self._lock:
            if key in self._items:
                self.n_bytes -= self._items.pop(key)[1]
            if n_bytes > self.max_bytes:
                return
            self._items[key] = (value, n_bytes)
            self.n_bytes += n_bytes
            while self.n_bytes > self.max_bytes:
                self.n_bytes -= self._items.popitem(last=False)[1][1]


class Engine:
    """The one place where models are loaded and run."""

    def __init__(
        self,
        *,
        max_waiting: int = 64,
        deadline_s: float = 10.0,
        max_result_bytes: int = 256 * 2**20,
        max_models: int = 3,
    ) -> None:
        torch.set_num_threads(1)  # steadier on shared machines, and 30 users at once are served faster
        self.deadline_s = deadline_s
        self.max_models = max_models
        self.memory = Memory(max_result_bytes)
        self._jobs: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(maxsize=max_waiting)
        self._models: OrderedDict[Key, LoadedModel] = OrderedDict()
        self._sources: dict[tuple[str, str], Source] = {}  # (name, revision) of every model loaded so far
        self._load_lock = threading.Lock()
        threading.Thread(target=self._work, name="headlight-engine", daemon=True).start()

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

    def call(self, work: Callable[[], T], *, key: Key | None = None, n_bytes: Callable[[T], int] | None = None) -> T:
        """Run `work` on the engine's thread. With a key the result is kept, and found again instead of worked out."""
        if key is not None and (kept := self.memory.find(key)) is not None:
            return kept  # type: ignore[no-any-return]

        def remembered() -> T:
            # Asked again: of thirty users who open the same preset at once, one pays.
            if key is None:
                return work()
            if (kept := self.memory.find(key)) is not None:
                return kept  # type: ignore[no-any-return]
            result = work()
            self.memory.keep(key, result, n_bytes(result) if n_bytes else 0)
            return result

        future: Future[T] = Future()
        try:
            self._jobs.put_nowait((future, remembered))
        except queue.Full:
            raise BusyError("Many people are asking at once. Wait a moment and try again.") from None
        try:
            return future.result(timeout=self.deadline_s)
        except TimeoutError:
            if not future.cancel() and future.done():
                return future.result()
            raise BusyError(
                f"The answer took more than {self.deadline_s:g} seconds. Try again, with a shorter text."
            ) from None

    def loaded(self, source: Source, progress: Progress = lambda step: None) -> LoadedModel:
        """Return the model in memory, loading it when it is not. One model is loaded at a time."""
        key = _model_key(source)
        if (loaded := self._models.get(key)) is not None:
            return loaded
        with self._load_lock:
            if (loaded := self._models.get(key)) is not None:
                return loaded
            progress("Waiting for the previous model")
            loaded = load(source, progress)
            progress("First forward pass")
            self.call(lambda: read(loaded, "a"))  # finds a model that returns no attentions, and warms what is lazy
            while len(self._models) >= self.max_models:
                self._models.popitem(last=False)
            self._models[key] = loaded
            self._sources[loaded.facts.name, loaded.facts.revision] = source
            settle_memory()
            return loaded

    def loaded_for(self, trace: Trace) -> LoadedModel:
        """Return the model that made a trace, loading it again when it was dropped from memory."""
        return self.loaded(self._sources[trace.model_name, trace.revision])

    def _work(self) -> None:
        while True:
            future, work = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue  # its caller's deadline passed while it waited
            try:
                with torch.inference_mode():
                    future.set_result(work())
            except BaseException as error:
                future.set_exception(error)


def _model_key(source: Source) -> Key:
    """Return what changes when the files of a model change: a folder may be trained further while the app runs."""
    stamps = [
        f"{path.name}:{(stat := path.stat()).st_mtime_ns}:{stat.st_size}"
        for path in sorted([source.folder / "config.json", *source.folder.glob("*.safetensors")])
        if path.exists()
    ]
    return (source.name, str(source.folder), *stamps)


def settle_memory() -> None:
    """Move all that lives now out of the garbage collector's sight.

    Streamlit collects after every script run while it holds the interpreter's lock; with torch and transformers
    imported that costs 210 ms a run, and nothing once they are frozen.
    """
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
