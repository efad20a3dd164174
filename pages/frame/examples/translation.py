"""Translation: what the translator reads to write a word."""

from headlight.pages.frame.examples.models import CROSSING, TRANSLATOR
from headlight.pages.frame.examples.notices import Group, Notice, Preset

PRESETS = (
    Preset(
        title="A black cat: the colour and the noun change places",
        text="I have a black cat.",
        notices=(
            Notice(
                page="attention",
                model=TRANSLATOR,
                claim="the colour and the noun cross",
                heads=CROSSING,
                text="Choose “Decoder reads encoder” and {heads}. To write “gato”, one row above it, they read “cat”, "
                "and then, to write “negro”, they go back to “black”: in Spanish the colour stands behind, so the map "
                "crosses.",
            ),
        ),
    ),
    Preset(
        title="The black cat sleeps: they do so in a sentence too",
        text="The black cat sleeps.",
        notices=(
            Notice(
                page="attention",
                model=TRANSLATOR,
                claim="the colour and the noun cross",
                heads=CROSSING,
                text="Choose “Decoder reads encoder” and {heads}. The model writes “El gato negro duerme.”: they read "
                "“cat” first and “black” after it, though “black” stands first.",
            ),
        ),
    ),
    Preset(
        title="Which bank? The river does not help",
        text="He sat on the bank of the river.",
        notices=(
            Notice(
                page="next_token",
                model=TRANSLATOR,
                claim="the bank of a river becomes a house for money",
                text="The model wrote “banco”, which is where money lies, or a bench; the bank of a river is “orilla”. "
                "The river stands in the sentence, and it did not help.",
            ),
        ),
    ),
    Preset(
        title="Spanish in English order is unlikely",
        text="My sister bought a red car.",
        target="Mi hermana compró un rojo coche.",
        notices=(
            Notice(
                page="next_token",
                model=TRANSLATOR,
                claim="the order of English is unlikely in Spanish",
                text="Here the decoder was given the colour before the car, as in English. In the lower row “rojo” was "
                "nearly impossible: the model expected “coche”. Empty the box “What the decoder reads” to see what it "
                "writes itself.",
            ),
        ),
    ),
)
GROUP = Group(title="Translation", presets=PRESETS)
