"""Text falls into pieces: what the tokenizer cuts up."""

from headlight.pages.frame.examples.models import DECODER
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="A rare word and a picture fall into pieces",
        text="unbelievable tokenization of café 🏦",
        notices=(
            Notice(
                page="tokens",
                model=DECODER,
                claim="words and signs fall into pieces",
                text="A rare word is cut into pieces that the vocabulary has; the picture is cut into its four bytes, "
                "none of which means anything alone.",
            ),
        ),
    ),
)
GROUP = Group(title="Text falls into pieces", presets=PRESETS)
