"""Vectors added up on paper: one number under the other, a line, and their sum."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from headlight.viz.escape import html_text
from headlight.viz.numbers import signed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Term:
    """One vector of the sum: its sign, what it is called, and its numbers. "=" begins under a line."""

    sign: Literal["", "+", "=", "→"]
    name: str
    values: Float[np.ndarray, " dimension"]


def addition(terms: Sequence[Term], *, first_dimension: int = 0, digits: int = 3) -> str:
    """Return the terms as a table, a column for each dimension. Raises ValueError when their lengths differ."""
    lengths = [len(term.values) for term in terms]
    if len(set(lengths)) != 1:
        raise ValueError(f"the terms have {lengths} numbers")
    heads = "".join(f"<th>{first_dimension + place}</th>" for place in range(lengths[0]))
    rows = "".join(
        f'<tr class="{"sum" if term.sign == "=" else ""}"><th><b>{term.sign}</b> {html_text(term.name)}</th>'
        f"{''.join(f'<td>{signed(value, digits)}</td>' for value in term.values.tolist())}</tr>"
        for term in terms
    )
    return f'<div class="addition"><table><tr><th>dimension</th>{heads}</tr>{rows}</table></div>'
