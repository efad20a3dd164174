"""A sentence that goes on, in HTML: what fell out of view, what was read, what comes next, and how foreseen it was."""

from collections.abc import Sequence

from viz.chips import N_HUES
from viz.escape import html_text

MOST_FALLEN = 12  # chips of fallen tokens; the others are counted


def growing_strip(fallen: Sequence[str], labels: Sequence[str], special: Sequence[bool]) -> str:
    """Return the tokens in one strip that shows its end first: fallen ones struck through, then those that were read,
    then a place for the next. Raises ValueError when the lengths of labels and special differ.
    """
    struck = "".join(
        f'<span class="chip fallen" role="listitem"><s>{html_text(label)}</s></span>' for label in fallen[-MOST_FALLEN:]
    )
    read = "".join(
        f'<span class="chip hue{position % N_HUES}{" special" if added else ""}" role="listitem">'
        f"{html_text(label)}</span>"
        for position, (label, added) in enumerate(zip(labels, special, strict=True))
    )
    place = '<span class="chip next" role="listitem" aria-label="the next token">?</span>'
    return f'<div class="growing"><div class="strip" role="list">{struck}{read}{place}</div></div>'


def score_strip(
    labels: Sequence[str], special: Sequence[bool], probabilities: Sequence[float], ranks: Sequence[int]
) -> str:
    """Return the tokens with the probability and the rank that each had, tinted by the probability; rank 0: neither.

    Raises ValueError when the lengths differ.
    """
    chips = []
    for label, added, probability, rank in zip(labels, special, probabilities, ranks, strict=True):
        tint = f"color-mix(in srgb, var(--full) {100 * probability if rank else 0:.0f}%, var(--none))"
        numbers = f"{percent(probability)}<br>{ordinal(rank)}" if rank else "–"
        chips.append(
            f'<span class="valued" role="listitem"><span class="chip{" special" if added else ""}" '
            f'style="--hue: {tint}">'
            f"{html_text(label)}</span><small>{numbers}</small></span>"
        )
    return f'<div class="strip scores" role="list">{"".join(chips)}</div>'


def percent(share: float) -> str:
    """Return a share from 0 to 1 in per cent, as the bars write it."""
    return "<0.01 %".replace("<", "&lt;") if 0 < share < 0.00005 else f"{100 * share:.2f} %"


def ordinal(rank: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ..."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"
