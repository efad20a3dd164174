"""One sentence, two readings: attention that two readings of a sentence could hang on."""

from headlight.pages.frame.examples.models import DECODER, NOUN, VERB
from headlight.pages.frame.examples.notices import Group, Notice, Preset


def _two_readings(last: str, *, more: str) -> Notice:
    return Notice(
        page="attention",
        model=DECODER,
        claim="one head reads the verb and another the noun",
        heads=(VERB, NOUN),
        text=f"From “{last}”, {{0}} reads most from “taught” and {{1}} most from “students”. {more}",
    )


PRESETS = (
    Preset(
        title="The book: one head reads the verb, another the noun",
        text="The teacher taught the students with the book",
        notices=(
            _two_readings(
                "book", more="Who has the book? Heads do not vote on it: most of the others read something else."
            ),
        ),
    ),
    Preset(
        title="The telescope: the same two heads again",
        text="The teacher taught the students with the telescope",
        notices=(
            Notice(
                page="tokens",
                model=DECODER,
                claim="a word falls into pieces",
                text="“telescope” is too rare for a place of its own in the vocabulary: it is cut into pieces.",
            ),
            _two_readings("cope", more="The same two heads do the same with the book."),
        ),
    ),
    Preset(
        title="The patience: one reading is left, the heads do the same",
        text="The teacher taught the students with the patience of a saint",
        notices=(
            _two_readings(
                "ience",
                more="Only one reading makes sense here, and still they read as they do with the book: where a head "
                "looks does not say how a sentence is understood.",
            ),
        ),
    ),
)
GROUP = Group(title="One sentence, two readings", presets=PRESETS)
