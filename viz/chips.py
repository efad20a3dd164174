"""Tokens as coloured pieces, in HTML."""

from collections.abc import Sequence

from headlight.viz.escape import html_text

N_HUES = 6  # neighbouring tokens never share one


def token_strip(labels: Sequence[str], special: Sequence[bool]) -> str:
    """Return one line of tokens, special ones marked. Raises ValueError when the lengths differ."""
    return f'<div class="strip" role="list">{"".join(chips(labels, special))}</div>'


def chips(labels: Sequence[str], special: Sequence[bool]) -> list[str]:
    """Return each token as a chip, to stand in a strip. Raises ValueError when the lengths differ."""
    return [
        f'<span class="chip hue{position % N_HUES}{" special" if added else ""}" role="listitem">'
        f"{html_text(label)}</span>"
        for position, (label, added) in enumerate(zip(labels, special, strict=True))
    ]


def valued_chip(label: str, note: str, *, special: bool, hue: int | None = None, tint: str = "") -> str:
    """Return a token with a note under it, in HTML that is taken as it is. Its ground: a hue, or a `tint` in CSS."""
    kind = f"{'' if hue is None else f' hue{hue % N_HUES}'}{' special' if special else ''}"
    style = f' style="--hue: {tint}"' if tint else ""
    return (
        f'<span class="valued" role="listitem"><span class="chip{kind}"{style}>{html_text(label)}</span>'
        f"<small>{note}</small></span>"
    )


def token_cards(
    labels: Sequence[str],
    ids: Sequence[int],
    special: Sequence[bool],
    details: Sequence[str],
    *,
    groups: Sequence[tuple[int, int, str]] = (),
) -> str:
    """Return a card per token: its position, its piece, its ID and a line of detail (its bytes).

    `groups` puts the cards from a first to one past a last under a bracket with a label. Raises ValueError when the
    lengths differ.
    """
    cards = [
        f'<div class="card hue{position % N_HUES}{" special" if added else ""}" role="listitem">'
        f'<span class="place">{position}</span>'
        f'<span class="piece">{html_text(label)}</span>'
        f'<span class="id">{token_id}</span>'
        f'<span class="detail">{html_text(detail)}</span></div>'
        for position, (label, token_id, added, detail) in enumerate(zip(labels, ids, special, details, strict=True))
    ]
    for first, end, label in reversed(groups):  # from the back, so that the places before stay what they are
        bracket = f'<span class="bracket">together {html_text(label)}</span>'
        cards[first:end] = [f'<div class="group" role="group"><div>{"".join(cards[first:end])}</div>{bracket}</div>']
    return f'<div class="cards" role="list">{"".join(cards)}</div>'
