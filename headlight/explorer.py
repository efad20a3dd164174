"""The attention explorer of a trace: in a notebook, as a page to keep, and on the pages of the app.

Here model and viz meet without Streamlit: what the explorer draws of an attention, and what it would ask for.
"""

import html
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from headlight.model.admitting.catalog import admit
from headlight.model.engine import default_engine
from headlight.model.errors import HeadlightError, ModelChangedError, NotShownError
from headlight.model.questions import head_vectors, value_norms
from headlight.model.reading.tokens import label
from headlight.model.reading.words import word_numbers
from headlight.model.science.head_scores import chance_scores, head_scores
from headlight.model.trace import Attention, AttentionKind, Stack, Trace
from headlight.viz.explorer import Heads, explorer_html, pack_answer, pack_vectors

ATTENTION_NAMES: dict[AttentionKind, str] = {
    "encoder": "Encoder reads itself",
    "decoder": "Decoder reads itself",
    "cross": "Decoder reads encoder",
}
MOST_VECTOR_BYTES = 2_000_000  # of vectors in a page
FRAME_HEIGHT = 900  # in a notebook, in pixels: the whole explorer without scrolling
MODEL_GONE = (
    "The model that made this trace is not on this computer, or its files have changed since, so what its heads "
    "multiplied cannot be worked out. The attention weights are those of the trace."
)


@dataclass(frozen=True, slots=True, repr=False)
class Explorer:
    """A page with the explorer of one attention. A notebook shows it when it is the last line of a cell."""

    html: str

    def __repr__(self) -> str:
        return f"<Explorer: a page of {len(self.html):,} characters; a notebook shows it, .save(path) writes it>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, so that its styles and the notebook's do not meet."""
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" title="Attention explorer" '
            f'style="width: 100%; height: {FRAME_HEIGHT}px; border: 0"></iframe>'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page as one HTML file, which opens without a network. Raises OSError when it cannot be written."""
        Path(path).write_text(self.html, encoding="utf-8")


def explore(trace: Trace, kind: AttentionKind | None = None) -> Explorer:
    """Return the explorer of a trace's attention; `kind` says which of an encoder-decoder's three, None: the first.

    Raises NotShownError when the model has no attention, or none of that kind.
    """
    kinds = [attention.kind for attention in trace.attentions]
    if not kinds:
        raise NotShownError("This model has no attention: no token looks back at another one. Choose another model.")
    if kind is not None and kind not in kinds:
        raise NotShownError(f"This model has no attention of the kind “{kind}”, but: {', '.join(kinds)}.")
    with suppress(HeadlightError):  # then the page says what it does not carry
        default_engine().facts(admit(trace.model_name))  # a trace from a file: nobody here may have opened its model
    return Explorer(explorer_page(trace, trace.attentions[0 if kind is None else kinds.index(kind)]))


def key_of(trace: Trace, attention: Attention) -> str:
    """Return a short name for one attention of one trace."""
    return f"{trace.key.spelled}-{attention.kind}"


def heads_of(trace: Trace, attention: Attention) -> Heads:
    """Return what the explorer draws of an attention: weights, tokens, words, masks, and each head's scores."""
    query, key = trace.stack_of(attention.kind, "query"), trace.stack_of(attention.kind, "key")
    across = attention.kind == "cross"
    ids = None if across else query.ids
    seen = attention.visible
    return Heads(
        weights=attention.weights,
        queries=[label(piece) for piece in query.pieces],
        keys=[label(piece) for piece in key.pieces],
        causal=attention.causal,
        same_text=not across,
        queries_marked=query.special.tolist(),
        keys_marked=key.special.tolist(),
        query_words=word_numbers(query, _text_of(trace, query)),
        key_words=word_numbers(key, _text_of(trace, key)),
        seen=seen,
        scores=head_scores(attention.weights, seen, ids, causal=attention.causal),
        chance=chance_scores(seen, ids, causal=attention.causal),
        about={
            "model": trace.model_name,
            "revision": trace.revision,
            "text": trace.text,
            "target": trace.target_text,
            "attention": ATTENTION_NAMES[attention.kind],
        },
        key=key_of(trace, attention),
    )


def explorer_page(trace: Trace, attention: Attention, first: Sequence[tuple[int, int]] = ()) -> str:
    """Return the explorer as a page with the answers to what it would ask: the lengths of the values, and the vectors
    of every head, or of as many as fit into MOST_VECTOR_BYTES: those of `first` (layer, head), then layer by layer.
    """
    order = sorted(
        np.ndindex(attention.n_layers, attention.n_heads),
        key=lambda each: first.index(each) if each in first else len(first),
    )
    answers = [_norms_or_why_not(trace, attention)]
    room = MOST_VECTOR_BYTES
    try:
        for layer, head in order:
            answer = packed_vectors(trace, attention, layer, head)
            room -= len(answer)
            if room < 0:
                break
            answers.append(answer)
    except HeadlightError as error:
        answers.append(pack_answer({"key": key_of(trace, attention), "what": "vectors", "problem": _why_not(error)}))
    return explorer_html(heads_of(trace, attention), answers=answers)


def packed_norms(trace: Trace, attention: Attention) -> bytes:
    """Return the answer with the lengths of the values. Raises NotShownError when they are not known."""
    return pack_answer({"key": key_of(trace, attention), "what": "norms"}, value_norms(trace, attention))


def packed_vectors(trace: Trace, attention: Attention, layer: int, head: int) -> bytes:
    """Return the answer with the vectors of one head.

    Raises NotShownError when they are not known, IndexError when there is no such head.
    """
    vectors = head_vectors(trace, attention, layer, head)
    return pack_vectors(
        layer,
        head,
        vectors.query,
        vectors.key,
        vectors.value,
        scale=vectors.scale,
        bias=vectors.bias,
        scheme=trace.stack_of(attention.kind, "query").position_scheme if attention.kind != "cross" else "none",
        of=key_of(trace, attention),
    )


def _norms_or_why_not(trace: Trace, attention: Attention) -> bytes:
    try:
        return packed_norms(trace, attention)
    except HeadlightError as error:
        return pack_answer({"key": key_of(trace, attention), "what": "norms", "problem": _why_not(error)})


def _why_not(error: HeadlightError) -> str:
    return MODEL_GONE if isinstance(error, ModelChangedError) else str(error)  # its own sentence speaks of the app


def _text_of(trace: Trace, stack: Stack) -> str:
    return (trace.target_text or "") if stack is not trace.stacks[0] else trace.text
