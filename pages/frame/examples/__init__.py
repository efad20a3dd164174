"""The examples: sentences in which something can be seen, and what to notice, on which page and with which model.

One file a group, in the order of the list that offers them. Every notice is a claim about the weights that ship, and
the test in `tests/claims` that bears the claim's name checks it. What a newly trained model does otherwise is changed
here and nowhere else; `python -m tests.claims` prints what it does.
"""

from headlight.pages.frame.examples import (
    agreement,
    foreseen,
    habits,
    meanings,
    pieces,
    translation,
    two_readings,
)
from headlight.pages.frame.examples.notices import Group, Preset

GROUPS: tuple[Group, ...] = (
    two_readings.GROUP,
    habits.GROUP,
    pieces.GROUP,
    meanings.GROUP,
    agreement.GROUP,
    foreseen.GROUP,
    translation.GROUP,
)
PRESETS: tuple[Preset, ...] = tuple(preset for group in GROUPS for preset in group.presets)


def preset_of(text: str) -> Preset | None:
    """Return the preset that a sentence is, or None."""
    return next((preset for preset in PRESETS if preset.text == text), None)


def found(words: str) -> tuple[Group, ...]:
    """Return the groups with those examples in which every word of a search stands, in their titles or sentences."""
    wanted = words.casefold().split()
    groups = (
        Group(title=group.title, presets=tuple(each for each in group.presets if _has(each, group, wanted)))
        for group in GROUPS
    )
    return tuple(group for group in groups if group.presets)


def _has(preset: Preset, group: Group, wanted: list[str]) -> bool:
    """Return whether every word stands somewhere in what the list shows of an example, or in what it is about."""
    pages = (notice.page.replace("_", " ") for notice in preset.notices)
    text = " ".join((group.title, preset.title, preset.text, *preset.models, *pages)).casefold()
    return all(word in text for word in wanted)
