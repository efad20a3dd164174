"""A sentence as tokens of which one is hidden: a click, or the keyboard, hides another.

`blank.js` draws it in the page itself, so the rules of `viz/style.css` hold, and reports the place that was chosen.
"""

from collections.abc import Sequence

from headlight.viz.browser import joined

SCRIPT = joined("blank/blank.js")


def blank_strip(labels: Sequence[str], special: Sequence[bool], hidden: int, mask: str) -> dict[str, object]:
    """Return what the component draws: the tokens, and `mask` in place of the hidden one; special ones stay.

    Raises ValueError when the lengths differ, or when there is no such token or it is a special one.
    """
    tokens = [{"name": label, "special": added} for label, added in zip(labels, special, strict=True)]
    if not 0 <= hidden < len(tokens) or special[hidden]:
        raise ValueError(f"token {hidden} cannot be hidden")
    return {"tokens": tokens, "hidden": hidden, "mask": mask}
