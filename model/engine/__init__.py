"""Who loads and runs the models: one contract, asked by name with plain data.

Whoever asks holds no model: a question is the name of what is wanted, the key of a trace or a model, and options; an
answer is a Trace, arrays, texts or small frozen types of them. Both could travel to another process, and what stands
behind the contract may be a thread (`local`), a process or a cluster. `headlight.model.questions` puts each question
into a function with types.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from headlight.model.admitting.facts import ModelFacts, Source
from headlight.model.reading.tokens import clean, shorten
from headlight.model.trace import ModelKey, Trace, TraceKey

Progress = Callable[[str], None]


class Engine(ABC):
    """The one place where models are loaded and run. Any engine passes tests/model/test_engine_contract.py."""

    @abstractmethod
    def facts(self, source: Source, progress: Progress = lambda step: None) -> ModelFacts:
        """Return what is said about a model, loading it when it is not in memory.

        `progress` is called with the name of each step of a load. Raises what loading raises, and BusyError when it
        takes longer than its deadline; the load goes on then, for whoever asks next.
        """

    @abstractmethod
    def ask(self, name: str, of: ModelKey | TraceKey, **options: Any) -> Any:
        """Return the answer to a question about a model or a trace that this engine has read.

        Options are numbers, texts, bytes, arrays and tuples of these. Arrays of an answer are read-only, and no part
        of a model. An answer that is remembered comes at once; whoever asks what is being worked out already waits
        for the same answer.

        Raises LookupError when there is no such question, TypeError when it has other options or is not asked of such
        a thing, ModelChangedError when the model's files are no longer those of the key, BusyError when the queue is
        full or the deadline passes, waiting included, and what the answer raises.
        """

    @property
    @abstractmethod
    def n_worked_out(self) -> int:
        """How many answers were worked out so far, and not remembered."""

    def trace(self, source: Source, text: str, target: str | None = None) -> Trace:
        """Return the Trace of a model on a text, from memory when it was asked before.

        `target` is what the decoder of an encoder-decoder reads; None: what it writes itself. Raises what loading and
        reading raise, and BusyError as `ask` does.
        """
        facts = self.facts(source)
        text, n_cut = shorten(clean(text)[0])
        if facts.kind != "encoder-decoder":
            target = None
        elif target is not None:
            target, n_target_cut = shorten(clean(target)[0])
            n_cut += n_target_cut
        trace: Trace = self.ask("trace", TraceKey(model=facts.key, text=text, target=target))
        if not n_cut:
            return trace
        return replace(trace, cut=(n_cut, trace.cut[1] if trace.cut else 0))  # of what was asked, not of what was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How an engine treats the process that it works in, and those who wait. By default nobody is turned away."""

    deadline_s: float | None = None  # of an answer, waiting included
    load_deadline_s: float | None = None
    most_waiting: int = 0  # questions in the queue; 0: any number
    most_loads: int = 0  # models that wait to be loaded; 0: any number
    n_threads: int | None = None  # of torch, for the whole process; None: as it is
    after_load: Callable[[], None] = field(default=lambda: None, compare=False)


_lock = threading.Lock()
_policy = Policy()
_engine: Engine | None = None


def set_policy(policy: Policy) -> None:
    """Say how the engine of this process shall work. Raises RuntimeError when it works already, in another way."""
    global _policy
    with _lock:
        if _engine is not None and policy != _policy:
            raise RuntimeError("the engine of this process is at work already, by another policy")
        _policy = policy


def default_engine() -> Engine:
    """Return the engine of this process."""
    global _engine
    with _lock:
        if _engine is None:
            from headlight.model.engine.local import LocalEngine  # torch comes with it: when it is needed, not before

            _engine = LocalEngine(_policy)
        return _engine
