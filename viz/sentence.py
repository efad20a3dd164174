"""A sentence that goes on, in HTML: what fell out of view, what was read, what comes next, and how foreseen it was."""

from collections.abc import Sequence

from headlight.viz.chips import chips, valued_chip
from headlight.viz.escape import html_text
from headlight.viz.numbers import ordinal, percent

MOST_FALLEN = 10  # the last of them are shown


def growing_strip(labels: Sequence[str], special: Sequence[bool], note: str = "", fallen: Sequence[str] = ()) -> str:
    """Return the tokens that were read, in a strip that shows its end first, and a place for the next one.

    Above it, when there is a note, the note and the last of the tokens that fell out of view, struck through.
    Raises ValueError when the lengths of labels and special differ.
    """
    struck = "".join(f'<span class="chip fallen"><s>{html_text(each)}</s></span>' for each in fallen[-MOST_FALLEN:])
    more = "<span>…</span>" if len(fallen) > MOST_FALLEN or (note and not fallen) else ""
    out = f'<div class="strip out"><small>{html_text(note)}</small>{more}{struck}</div>' if note else ""
    read = "".join(chips(labels, special))
    place = '<span class="chip next" role="listitem" aria-label="the next token">?</span>'
    return f'{out}<div class="growing"><div class="strip" role="list">{read}{place}</div></div>'


def score_strip(
    labels: Sequence[str], special: Sequence[bool], probabilities: Sequence[float], ranks: Sequence[int]
) -> str:
    """Return the tokens with the probability and the rank that each had, tinted by the probability; rank 0: neither.

    Raises ValueError when the lengths differ.
    """
    scored = []
    for label, added, probability, rank in zip(labels, special, probabilities, ranks, strict=True):
        tint = f"color-mix(in srgb, var(--full) {100 * probability if rank else 0:.0f}%, var(--none))"
        numbers = f"{html_text(percent(probability))}<br>{ordinal(rank)}" if rank else "–"
        scored.append(valued_chip(label, numbers, special=added, tint=tint))
    return f'<div class="strip scores" role="list">{"".join(scored)}</div>'
