"""What heads read: heads that do one thing, whatever the sentence."""

from headlight.pages.frame.examples.models import (
    AFTER,
    AFTER_SAME,
    BEFORE,
    DECODER,
    ENCODER,
    FIRST,
    PREVIOUS,
    RECURRENT,
)
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="One head reads the token before, another the first",
        text="The old man walked slowly down the road to the village",
        notices=(
            Notice(
                page="attention",
                model=DECODER,
                claim="one head reads the token before and another the first",
                heads=(PREVIOUS, FIRST),
                text="{0} reads mostly the token before, whatever it is; {1} reads mostly the first token. Try another "
                "sentence: they keep their habits.",
            ),
        ),
    ),
    Preset(
        title="A list given twice: a head looks back, nothing is copied",
        text="The red car, the green car, the blue car. The red car, the green car, the blue car.",
        notices=(
            Notice(
                page="attention",
                model=DECODER,
                claim="one head reads what followed the same token",
                heads=(AFTER_SAME,),
                text="In the second half {0} often reads what followed the same word the first time: from the second "
                "“red” it reads “car”. See on the Next token page what the model makes of it.",
            ),
            Notice(
                page="next_token",
                model=DECODER,
                claim="it does not copy",
                text="Everything stands there twice, so a reader knows how the second half goes on. This model does "
                "not: in the lower row no colour of the second half was its first choice. A head looks back, and "
                "still nothing is copied.",
            ),
            Notice(
                page="next_token",
                model=RECURRENT,
                claim="it does not copy",
                text="Everything stands there twice, so a reader knows how the second half goes on. This model does "
                "not: in the lower row no colour of the second half was its first choice. It has no head that could "
                "look back; see whether the Headlight decoder, which has, does better.",
            ),
        ),
    ),
    Preset(
        title="An encoder looks back and ahead",
        text="The dogs in the garden were barking.",
        notices=(
            Notice(
                page="attention",
                model=ENCODER,
                claim="one head looks back and another ahead",
                heads=(BEFORE, AFTER),
                text="{0} reads the token before, {1} the token after. Only an encoder can look ahead: in the decoder "
                "what comes later is hidden.",
            ),
        ),
    ),
)
GROUP = Group(title="What heads read", presets=PRESETS)
