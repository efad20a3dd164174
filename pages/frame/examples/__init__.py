"""The examples: sentences in which something can be seen, and what to notice, on which page and with which model.

Every notice is a claim about the weights that ship, and the test in `tests/claims` that bears the claim's name checks
it. What a newly trained model does otherwise is changed here and nowhere else; `python -m tests.claims` prints what it
does.
"""

from headlight.pages.frame.examples.notices import Head, Notice, Preset

DECODER = "headlight-decoder"
TRANSLATOR = "headlight-translator"
ENCODER = "headlight-encoder"
RECURRENT = "headlight-recurrent"

# The decoder's heads, by what they read.
PREVIOUS: Head = (2, 7)  # the token before
FIRST: Head = (1, 0)  # the token that opens the text
VERB: Head = (4, 7)  # "taught", from the word at the end of the sentence with the teacher
NOUN: Head = (3, 3)  # "students", from there
AFTER_SAME: Head = (4, 5)  # what followed the same token earlier

# The translator's heads of cross-attention that look at the word they translate, also where the order changes.
CROSSING: tuple[Head, ...] = ((1, 4), (1, 6))
# The encoder's heads.
BEFORE: Head = (0, 0)  # the token before
AFTER: Head = (0, 6)  # the token after


def preset_of(text: str) -> Preset | None:
    """Return the preset that a sentence is, or None."""
    return next((preset for preset in PRESETS if preset.text == text), None)


def _two_readings(last: str, *, more: str) -> Notice:
    return Notice(
        page="attention",
        model=DECODER,
        claim="one head reads the verb and another the noun",
        heads=(VERB, NOUN),
        text=f"From “{last}”, {{0}} reads most from “taught” and {{1}} most from “students”. {more}",
    )


PRESETS: tuple[Preset, ...] = (
    Preset(
        title="Two readings: the book",
        text="The teacher taught the students with the book",
        notices=(
            _two_readings(
                "book", more="Who has the book? Heads do not vote on it: most of the others read something else."
            ),
        ),
    ),
    Preset(
        title="Two readings: the telescope",
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
        title="Two readings: the patience",
        text="The teacher taught the students with the patience of a saint",
        notices=(
            _two_readings(
                "ience",
                more="Only one reading makes sense here, and still they read as they do with the book: where a head "
                "looks does not say how a sentence is understood.",
            ),
        ),
    ),
    Preset(
        title="One head, one habit",
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
        title="Two banks",
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
        title="A bank, and the cue too late",
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
        title="Agreement: the dogs",
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
        title="Agreement: the keys",
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
        title="A list given twice",
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
        title="A fact",
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
    Preset(
        title="Certain",
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
        title="Undecided",
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
        title="An everyday phrase",
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
        title="Rare words and signs",
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
    Preset(
        title="Words of one kind",
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
        title="A famous sum",
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
        title="Who bites whom",
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
    Preset(
        title="Translate: a black cat",
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
        title="Translate: the cat sleeps",
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
        title="Translate: which bank?",
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
        title="Translate: in English order",
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
    Preset(
        title="Looking back and ahead",
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
        title="His hat or hers",
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
