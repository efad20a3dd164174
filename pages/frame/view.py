"""What a page draws, and how a token and an error of the model are put into words on every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from headlight.model.admitting.facts import ModelFacts, Source
from headlight.model.answers import Window
from headlight.model.errors import HeadlightError
from headlight.model.reading.tokens import label
from headlight.model.trace import Stack, Trace
from headlight.viz.escape import markdown_text


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page draws: the trace of the chosen model on the chosen sentence."""

    trace: Trace
    facts: ModelFacts
    source: Source
    target: str = ""  # what was typed for the decoder of an encoder-decoder; empty: it reads what it writes itself
    window: Window | None = None  # of a page that reads the end of a long text instead of its beginning

    @property
    def stack(self) -> Stack:
        """The stack whose input was typed: the only one, or the encoder."""
        return self.trace.stacks[0]


@contextmanager
def explained() -> Iterator[None]:
    """Show an error of the model as the sentence it carries, in place of what the block would have drawn."""
    try:
        yield
    except HeadlightError as error:
        st.error(markdown_text(str(error)), icon=":material/info:")


def labels(stack: Stack) -> tuple[str, ...]:
    """Return the tokens of a stack as they stand on an axis: plain text, not escaped."""
    return tuple(label(piece) for piece in stack.pieces)
