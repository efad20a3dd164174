"""The attention explorer: every head of every layer under the pointer, without asking the server.

Python packs the weights (`packing`); the scripts beside this file draw them.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.browser import joined
from headlight.viz.explorer.packing import (
    EXACT_TOKENS,
    MOST_TOKENS,
    UNIT,
    Heads,
    integers,
    pack,
    pack_answer,
    pack_heads,
    pack_vectors,
)
from headlight.viz.theme import VARIABLES

__all__ = [
    "COURIER",
    "EXACT_TOKENS",
    "MOST_TOKENS",
    "PARAMETERS",
    "SCRIPT",
    "SHARED_PARAMETERS",
    "STYLE",
    "UNIT",
    "Heads",
    "explorer_html",
    "integers",
    "pack",
    "pack_answer",
    "pack_heads",
    "pack_vectors",
]

_HERE = Path(__file__).parent

# What `state.js` keeps in the address, in each mode; the shared ones mean the same in both.
PARAMETERS: dict[Literal["explore", "compare"], tuple[str, ...]] = {
    "explore": (
        *("layer", "head", "pins", "view", "show", "of", "chosen", "by", "hide", "threshold", "contrast"),
        *("up", "right", "stage", "together", "table"),
    ),
    "compare": ("a", "b", "swapped", "pins", "by", "hide", "table"),
}
SHARED_PARAMETERS = ("pins", "by", "hide", "table")

SCRIPT = joined("explorer/explorer.js")
STYLE = (_HERE / "explorer.css").read_text(encoding="utf-8")
COURIER = joined("explorer/courier.js")


def explorer_html(
    weights: Float[np.ndarray, "layer head query key"] | Heads,
    queries: Sequence[str] = (),
    keys: Sequence[str] | None = None,
    *,
    kind: Literal["encoder", "decoder", "cross"] = "decoder",
    answers: Sequence[bytes] = (),
) -> str:
    """Return a page with the whole explorer that opens without a network, or in a notebook's frame.

    Give the weights with their tokens (`keys` None: the same as `queries`), or `Heads` that say more. Only the first
    MOST_TOKENS tokens of an axis are drawn. `answers` are what else the page is to carry: from `pack_vectors` for each
    head whose microscope is to work. Raises ValueError when the tokens do not fit the weights.
    """
    heads = weights if isinstance(weights, Heads) else Heads(
        weights=weights,
        queries=queries,
        keys=queries if keys is None else keys,
        causal=kind == "decoder",
        same_text=kind != "cross",
    )  # fmt: skip
    data = base64.b64encode(pack([pack_heads(heads, exact=True)], answers=answers, asks=False)).decode("ascii")
    page = (_HERE / "page.html").read_text(encoding="utf-8")
    script = SCRIPT.replace("export default ", "")
    return page.replace("STYLE", VARIABLES + STYLE, 1).replace("SCRIPT", script, 1).replace("DATA", data, 1)
