"""Sure or not: how much a model foresees."""

from headlight.pages.frame.examples.models import DECODER, ENCODER, RECURRENT
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="Certain: one token takes nearly everything",
        text="Thank you very",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="it is certain",
                text="One token takes nearly everything. Turn up the temperature and see how long it stays first.",
            ),
        ),
    ),
    Preset(
        title="Undecided: many words could follow",
        text="Once upon a time there was a",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="it is undecided",
                text="No token gets more than one chance in ten: many words could follow. A low temperature makes even "
                "this certain.",
            ),
        ),
    ),
    Preset(
        title="An everyday phrase is foreseen",
        text="I would like to book a table at a",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="it foresees the restaurant",
                text="“restaurant” comes first by far: sentences like this one were in the text it learned from.",
            ),
        ),
    ),
    Preset(
        title="A gap, read from both sides",
        text="The president of the United States spoke.",
        hidden="United",
        notices=(
            Notice(
                page="next_token",
                model=ENCODER,
                claim="the word behind the gap decides",
                text="“United” is hidden, and the model is nearly certain of it, for it also reads “States”, which "
                "stands behind. Try the Headlight decoder, which only knows what stands before.",
            ),
            Notice(
                page="next_token",
                model=DECODER,
                claim="the word before the gap decides",
                text="In the lower row “United” was hardly foreseen, for this model knows only what stands before; "
                "once it stands there, “States” is nearly certain. Try the Headlight encoder, which reads both sides.",
            ),
        ),
    ),
    Preset(
        title="A fact it does not know",
        text="The capital of France is",
        notices=(
            Notice(
                page="next_token",
                model=DECODER,
                claim="it does not know the fact",
                text="“Paris” is not among the first forty. This model has learned which words follow each other, and "
                "far too little text to know facts.",
            ),
            Notice(
                page="next_token",
                model=RECURRENT,
                claim="it does not know the fact",
                text="“Paris” is not among the first forty: like the Headlight decoder this model has learned which "
                "words follow each other, and far too little text to know facts.",
            ),
        ),
    ),
)
GROUP = Group(title="Sure or not", presets=PRESETS)
