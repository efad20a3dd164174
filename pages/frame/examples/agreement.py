"""Words that must agree: grammar that a model keeps, or does not."""

from headlight.pages.frame.examples.models import DECODER, ENCODER
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="The dogs … were: the verb agrees",
        text="The dogs in the garden",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="the verb agrees with the subject",
                text="“were” is likelier than “was”, and “are” than “is”, though “garden” stands nearer: the model has "
                "kept in mind that there were several dogs.",
            ),
        ),
    ),
    Preset(
        title="The keys … is: the nearest noun wins",
        text="The keys to the cabinet",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="the verb agrees with the nearest noun",
                text="The keys are several, but “is” is far likelier than “are”: the model falls for “cabinet”, which "
                "stands nearer. People make this mistake too.",
            ),
        ),
    ),
    Preset(
        title="His hat or hers: the gap agrees",
        text="The man lost his hat.",
        hidden="his",
        notices=(
            Notice(
                page="next_token",
                model=ENCODER,
                claim="the gap agrees with the subject",
                text="“his” is likelier than “her”. Write “woman” instead of “man” and hide “his” again: now “her” is.",
            ),
        ),
    ),
)
GROUP = Group(title="Words that must agree", presets=PRESETS)
