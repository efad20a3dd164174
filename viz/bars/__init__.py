"""The candidates for the next token, or for a blank, as bars, with their controls: all in the browser, from logits.

Python packs the logits of the whole vocabulary. `distribution.js` does what `model/science/distribution.py` does (a
test compares them), `bars.js` draws the model's own, the tempered and the filtered probability side by side, and
`knobs.js` the controls. They report the settings when a control is let go, and what somebody wants to be written.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.browser import framed, joined

SCRIPT = joined("bars/bars.js")
STYLE = (Path(__file__).parent / "bars.css").read_text(encoding="utf-8")

N_SHOWN = 10
N_NAMED = 40  # how many can be shown when asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A token that may be shown: its ID and its name, plain text. `kind` "mark" cannot be written, nor "part" alone."""

    id: int
    name: str
    kind: Literal["text", "part", "mark"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Where the controls stand and what the buttons may do.

    `asked` grows when somebody else than the controls decided the settings (a link, Back), `answered` with every
    answer to a button.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    most_temperature: float = 2.0
    asked: int = 0
    answered: int = 0
    stopped: bool = False  # nothing was written, or the text is another since: writing on by itself ends
    can_undo: bool = False
    note: str = ""  # what the last button did


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the bars call what they show and what the buttons do."""

    column: str = "Next token"
    likeliest: str = "Add the likeliest"
    draw: str = "Draw one by lot"
    click: str = "put it behind the sentence"  # what a click on a token does
    draws_on: bool = True  # there is a button that draws ten, one after another


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A candidate that is shown wherever it stands, with its rank and a word on why."""

    candidate: Candidate
    rank: str  # "57th"
    word: str  # "hidden"


def pack(
    logits: Float[np.ndarray, " vocab"],
    candidates: Sequence[Candidate],
    controls: Controls,
    *,
    wording: Wording | None = None,
    marked: Marked | None = None,
) -> bytes:
    """Pack for the component: a header, then the logits as float32.

    `candidates` are the likeliest tokens, in any order. Raises ValueError when one of them, or the marked one, is not
    in the vocabulary or when there are fewer than are shown.
    """
    needed = min(N_SHOWN, len(logits))
    if len(candidates) < needed:
        raise ValueError(f"{len(candidates)} candidates are named, but {needed} are shown")
    named = [*candidates, *([marked.candidate] if marked else [])]
    wrong = [each.id for each in named if not 0 <= each.id < len(logits)]
    if wrong:
        raise ValueError(f"candidate {wrong[0]} is not among the {len(logits)} tokens of the vocabulary")
    header = {
        "shown": N_SHOWN,
        "candidates": [{"id": each.id, "name": each.name, "kind": each.kind} for each in candidates],
        "controls": asdict(controls),
        "wording": asdict(wording or Wording()),
        "marked": asdict(marked) if marked else None,
    }
    return framed(header, np.ascontiguousarray(logits, dtype="<f4").tobytes())
