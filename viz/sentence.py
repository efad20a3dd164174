"""A sentence that goes on, in HTML: what fell out of view, what was read, what comes next, and how foreseen it was."""

from collections.abc import Sequence

from headlight.viz.chips import N_HUES
from headlight.viz.escape import html_text

MOST_FALLEN = 10  # the last of them are shown


def growing_strip(labels: Sequence[str], special: Sequence[bool], note: str = "", fallen: Sequence[str] = ()) -> str:
    """Return the tokens that were read, in a strip that shows its end first, and a place for the next one.

    Above it, when there is a note, the note and the last of the tokens that fell out of view, struck through.
    Raises ValueError when the lengths of labels and special differ.
    """
    struck = "".join(f'<span class="chip fallen"><s>{html_text(each)}</s></span>' for each in fallen[-MOST_FALLEN:])
    more = "<span>…</span>" if len(fallen) > MOST_FALLEN or (note and not fallen) else ""
    out = f'<div class="strip out"><small>{html_text(note)}</small>{more}{struck}</div>' if note else ""
    read = "".join(
        f'<span class="chip hue{position % N_HUES}{" special" if added else ""}" role="listitem">'
        f"{html_text(label)}</span>"
        for position, (label, added) in enumerate(zip(labels, special, strict=True))
    )
    place = '<span class="chip next" role="listitem" aria-label="the next token">?</span>'
    return f'{out}<div class="growing"><div class="strip" role="list">{read}{place}</div></div>'


def score_strip(
    labels: Sequence[str], special: Sequence[bool], probabilities: Sequence[float], ranks: Sequence[int]
) -> str:
    """Return the tokens with the probability and the rank that each had, tinted by the probability; rank 0: neither.

    Raises ValueError when the lengths differ.
    """
    chips = []
    for label, added, probability, rank in zip(labels, special, probabilities, ranks, strict=True):
        tint = f"color-mix(in srgb, var(--full) {100 * probability if rank else 0:.0f}%, var(--none))"
        numbers = f"{html_text(percent(probability))}<br>{ordinal(rank)}" if rank else "–"
        chips.append(
            f'<span class="valued" role="listitem"><span class="chip{" special" if added else ""}" '
            f'style="--hue: {tint}">'
            f"{html_text(label)}</span><small>{numbers}</small></span>"
        )
    return f'<div class="strip scores" role="list">{"".join(chips)}</div>'


def percent(share: float) -> str:
    """Return a share from 0 to 1 in per cent, as the bars write it."""
    return "<0.01 %" if 0 < share < 0.00005 else f"{100 * share:.2f} %"


def ordinal(rank: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ..."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank:,}{ending}"
