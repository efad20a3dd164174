"""Meaning in vectors: vectors that are near, and what moves them."""

from headlight.pages.frame.examples.models import DECODER, ENCODER, RECURRENT
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="Days of the week are near each other",
        text="On Tuesday the red door was blue",
        notices=(
            Notice(
                page="embeddings",
                model=DECODER,
                claim="days are near days",
                text="The nearest neighbours of “Tuesday” are other days of the week: nobody told the model that they "
                "are days, they are only used alike. Choose “red” and “blue” too.",
            ),
        ),
    ),
    Preset(
        title="king − man + woman stays at the king",
        text="the king and the woman",
        words="king - man + woman",
        notices=(
            Notice(
                page="embeddings",
                model=DECODER,
                claim="the sum stays at the king",
                text="In textbooks king − man + woman is “queen”. Here the nearest of all to the sum is “king” itself: "
                "the words that go into a sum stay near it.",
            ),
        ),
    ),
    Preset(
        title="Two banks: one vector that becomes two",
        text="They rowed down the river to the bank and she put her money in the bank",
        notices=(
            Notice(
                page="embeddings",
                model=DECODER,
                claim="equal words move apart",
                text="Both “bank” are one point: the same vector. Pick “After layer 5” under the angles: now they "
                "differ, for each has taken in what stands before it. Write “tree” instead of “bank” and see that "
                "it moves apart as well: the context went in, not a second meaning from a dictionary.",
            ),
        ),
    ),
    Preset(
        title="A bank, and the cue comes too late",
        text="He sat on the bank of the river",
        second="He sat on the bank of the town",
        notices=(
            Notice(
                page="compare_heads",
                model=DECODER,
                claim="what comes later changes nothing",
                text="A and B differ only in the last word, and A − B is empty above the last row, in every head: a "
                "decoder reads from left to right, so “bank” cannot know which bank it will be.",
            ),
            Notice(
                page="compare_heads",
                model=ENCODER,
                claim="what comes later changes what stands before",
                text="A and B differ only in the last word, and still A − B is not empty above it: an encoder reads in "
                "both directions, so “bank” can learn from what comes later which bank it is.",
            ),
        ),
    ),
    Preset(
        title="Who bites whom: the place tells",
        text="Here the dog bites the man and the man bites the dog",
        notices=(
            Notice(
                page="embeddings",
                model=DECODER,
                claim="equal tokens differ by their position",
                text="“the” stands four times and is one point. Choose “Token + position” above the picture: now "
                "each stands in a place of its own, for the position was added. Without it both halves would have the "
                "same vectors, whoever bites.",
            ),
            Notice(
                page="embeddings",
                model=RECURRENT,
                claim="equal tokens differ by what stands before",
                text="“the” stands four times and is one point, and no position is added. Pick “After layer 0” under "
                "the angles: there the four differ all the same, for the memory has read something else before each.",
            ),
        ),
    ),
)
GROUP = Group(title="Meaning in vectors", presets=PRESETS)
