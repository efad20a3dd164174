"""The engine in this process: one thread, one answer at a time, with a memory for answers.

Who asks waits in a bounded queue with a deadline. Answers and loaded models are kept up to a number of bytes. Nothing
else touches a loaded model, so hooks can be used inside it safely. A second thread loads models, one at a time; who
asks for a model that is being loaded already waits for the same load.
"""

import copy
import os
import queue
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch

from headlight.model.admitting.facts import ModelFacts, Source
from headlight.model.admitting.loading import LoadedModel, load
from headlight.model.engine import Engine, Policy, Progress
from headlight.model.engine.answers import NOT_KEPT, OF_MODEL, OF_TRACE, check_question
from headlight.model.engine.plain import as_key, sealed
from headlight.model.errors import BusyError, HeadlightError, ModelChangedError
from headlight.model.memory import LEAST_BYTES, Memory, weight
from headlight.model.reading.forward import read
from headlight.model.trace import ModelKey, Trace, TraceKey

T = TypeVar("T")

MOST_SOURCES = 256  # whose traces can still be asked about
STAMPED_FILES = (".json", ".safetensors", ".model", ".spm", ".txt")  # those that make the numbers
LOOK_AGAIN_S = 0.1  # how often somebody who waits for a load looks for its next step


class Worker:
    """A thread that does one job after the other, from a queue that holds `most_waiting` (0: any number)."""

    def __init__(self, name: str, most_waiting: int, n_threads: int | None) -> None:
        self._jobs: queue.Queue[tuple[Future[Any], Callable[[], Any]]] = queue.Queue(maxsize=most_waiting)
        self._n_threads = n_threads
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
        if self._n_threads is not None:
            torch.set_num_threads(self._n_threads)  # each thread has a number of its own
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


@dataclass(slots=True, eq=False)
class Flight:
    """An answer that is being worked out, or waits for it, and how many wait for the answer."""

    future: Future[Any]
    n_waiting: int = 0


class LocalEngine(Engine):
    """An engine of threads. What it holds of a model stays in this package."""

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        max_answer_bytes: int = 256 * 2**20,
        max_models: int = 6,  # the bundled ones, and two more
        max_model_bytes: int = 3 * 2**30,
    ) -> None:
        self.policy = policy or Policy()
        if self.policy.n_threads is not None:
            torch.set_num_threads(self.policy.n_threads)
        self.memory = Memory(max_answer_bytes)  # of answers, each in a tuple: None may be one
        self._models = Memory(max_model_bytes, max_models)
        self._sources = Memory(MOST_SOURCES * LEAST_BYTES)  # by ModelKey, of the models loaded so far
        self._forwards = Worker("headlight-engine", self.policy.most_waiting, self.policy.n_threads)
        self._loader = Worker("headlight-loader", self.policy.most_loads, self.policy.n_threads)
        self._loads: dict[Hashable, Loading] = {}  # those that are not finished
        self._loads_lock = threading.Lock()
        self._flights: dict[Hashable, Flight] = {}  # by question
        self._flights_lock = threading.RLock()  # a future that is cancelled under it lands under it
        self._n_worked_out = 0

    @property
    def n_worked_out(self) -> int:
        """How many answers were worked out so far, and not remembered."""
        return self._n_worked_out

    def facts(self, source: Source, progress: Progress = lambda step: None) -> ModelFacts:
        """Return what is said about a model, loading it when it is not in memory."""
        return self.loaded(source, progress).facts

    def ask(self, name: str, of: ModelKey | TraceKey, **options: Any) -> Any:
        """Return the answer to a question about a model or a trace, from memory when it was asked before."""
        key = (name, of, as_key(options))
        if (kept := self.memory.find(key)) is not None:
            return kept[0]
        check_question(name, of, options)
        loaded = self._loaded_for(of.model if isinstance(of, TraceKey) else of)

        def answer() -> Any:
            # Asked again: it may have been worked out between that look and this job.
            if (kept := self.memory.find(key)) is not None:
                return kept[0]
            self._n_worked_out += 1
            with torch.inference_mode():
                if isinstance(of, ModelKey):
                    found = OF_MODEL[name](loaded, **options)
                else:
                    trace = self._trace_of(loaded, of)
                    if name == "trace":
                        return trace
                    found = OF_TRACE[name](loaded, trace, **options)
            found = sealed(found)
            if name not in NOT_KEPT:
                self.memory.keep(key, (found,), weight(found))
            return found

        return self._wait_for(self._flight(key, answer))

    def loaded(self, source: Source, progress: Progress = lambda step: None) -> LoadedModel:
        """Return the model in memory, loading it when it is not: for this package, and for tests that look inside.

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
        return self._wait_for_load(loading, progress)

    def _loaded_for(self, key: ModelKey) -> LoadedModel:
        """Return the model that a key names, loading it again when it was dropped from memory.

        Raises ModelChangedError when its files have changed since, or nobody remembers where they were.
        """
        source: Source | None = self._sources.find(key)
        loaded = None if source is None else self.loaded(source)
        if loaded is None or loaded.facts.key != key:
            raise ModelChangedError(
                "The files of this model have changed since it read this sentence. Press Enter in the sentence box, so "
                "that it reads it again."
            )
        return loaded

    def _trace_of(self, loaded: LoadedModel, key: TraceKey) -> Trace:
        """Return a trace, on the engine's thread: from memory, or read again."""
        memory_key = ("trace", key, as_key({}))
        if (kept := self.memory.find(memory_key)) is not None:
            return kept[0]  # type: ignore[no-any-return]
        trace = read(loaded, key)
        self.memory.keep(memory_key, (trace,), weight(trace))
        return trace

    def _flight(self, key: Hashable, work: Callable[[], Any]) -> Flight:
        """Return the answer under way, taking off with it when nobody has. Raises BusyError when the queue is full."""
        with self._flights_lock:
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = Flight(self._forwards.submit(work))
                flight.future.add_done_callback(lambda _: self._land(key))
            flight.n_waiting += 1
            return flight

    def _land(self, key: Hashable) -> None:
        with self._flights_lock:
            self._flights.pop(key, None)

    def _wait_for(self, flight: Flight) -> Any:
        deadline_s = self.policy.deadline_s
        try:
            wait([flight.future], timeout=deadline_s)
        finally:
            with self._flights_lock:
                flight.n_waiting -= 1
                if not flight.n_waiting:
                    flight.future.cancel()  # nobody waits any more: it is not begun, if it has not been
        if not flight.future.done() or flight.future.cancelled():
            raise BusyError(f"The answer took more than {deadline_s:g} seconds. Try again, with a shorter text.")
        return _result(flight.future)

    def _load(self, key: Hashable, source: Source, loading: Loading) -> None:
        """Load a model, on the loader's thread."""
        try:
            loaded = load(source, loading.steps.append)
            loading.steps.append("First forward pass")
            self._try(loaded)
            self._sources.keep(loaded.facts.key, source, LEAST_BYTES)
            self._models.keep(key, loaded, _model_bytes(loaded))
            self.policy.after_load()
            loading.future.set_result(loaded)
        except BaseException as error:
            loading.future.set_exception(error)
        finally:
            with self._loads_lock:
                del self._loads[key]

    def _try(self, loaded: LoadedModel) -> None:
        """Read a letter: finds a model that returns no attentions or no numbers, and warms what is lazy."""

        def first() -> None:
            with torch.inference_mode():
                read(loaded, TraceKey(model=loaded.facts.key, text="a", target=None))

        deadline_s = self.policy.load_deadline_s
        future = self._forwards.submit(first)
        try:
            future.result(timeout=deadline_s)
        except TimeoutError:
            if future.cancel() or not future.done():
                raise BusyError(f"The model took more than {deadline_s:g} seconds to read one letter.") from None
            future.result()

    def _wait_for_load(self, loading: Loading, progress: Progress) -> LoadedModel:
        """Return what comes of a load, and report its steps while it lasts."""
        limit_s = self.policy.load_deadline_s
        deadline = None if limit_s is None else time.monotonic() + limit_s
        n_reported = 0
        done = False
        while not done:
            done = loading.future.done()  # looked at first: the steps of a load that is done by then are all there
            for step in loading.steps[n_reported:]:
                progress(step)
                n_reported += 1
            if not done and deadline is not None and time.monotonic() > deadline:
                raise BusyError("This model is still being loaded. Wait a moment and try again.")
            wait([loading.future], timeout=LOOK_AGAIN_S)
        return _result(loading.future)


def _result(future: Future[T]) -> T:
    """Return what came of a job that is done; an error that is said to people is one object each, for all who wait."""
    error = future.exception()
    if isinstance(error, HeadlightError):
        raise copy.copy(error).with_traceback(None) from error.__cause__
    return future.result()


def _model_key(source: Source) -> Hashable:
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
