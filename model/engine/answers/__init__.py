"""What can be asked, by name: each question is a function of the loaded model, of the trace where it is about one, and
of the question's options. All run on the engine's thread, under `torch.inference_mode()`, and nowhere else.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from headlight.model.admitting.loading import LoadedModel
from headlight.model.engine.answers import blanks, heads, predictions, vocabulary, writing
from headlight.model.trace import ModelKey, Trace, TraceKey


def the_trace(loaded: LoadedModel, trace: Trace) -> Trace:
    """Return the trace itself."""
    return trace


OF_MODEL: Mapping[str, Callable[..., Any]] = {
    "vocabulary": vocabulary.vocabulary,
    "word_space": vocabulary.word_space,
    "words": vocabulary.words,
    "neighbours": vocabulary.neighbours,
    "window": writing.window,
}
OF_TRACE: Mapping[str, Callable[..., Any]] = {
    "trace": the_trace,
    "logits_at": predictions.logits_at,
    "token_scores": predictions.token_scores,
    "positions": heads.positions,
    "head_vectors": heads.head_vectors,
    "value_norms": heads.value_norms,
    "embedding_scale": vocabulary.embedding_scale,
    "blank_logits": blanks.blank_logits,
    "blank_jobs": blanks.blank_jobs,
    "blank_scores": blanks.blank_scores,
    "continued": writing.continued,
    "replaced": writing.replaced,
}
NOT_KEPT = frozenset({"logits_at"})  # a vocabulary wide for each position: a few would push all else out of memory


def check_question(name: str, of: ModelKey | TraceKey, options: Mapping[str, Any]) -> None:
    """Check that there is such a question, that it is asked of such a thing, and that its options are those it has.

    Raises LookupError for the first, TypeError for the others.
    """
    if name not in OF_MODEL and name not in OF_TRACE:
        raise LookupError(f"there is no question {name!r}: there are {', '.join((*OF_MODEL, *OF_TRACE))}")
    if isinstance(of, ModelKey) != (name in OF_MODEL):
        raise TypeError(f"{name!r} is asked of a {'model' if name in OF_MODEL else 'trace'}, not of {of!r}")
    about = (None,) if name in OF_MODEL else (None, None)
    inspect.signature(OF_MODEL.get(name) or OF_TRACE[name]).bind(*about, **options)
