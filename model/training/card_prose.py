"""The sentences of the model cards that no measurement changes."""

from dataclasses import dataclass

SOURCES = (
    "English text, all of it in the public domain, CC0, CC BY or CC BY-SA: old novels and stories (Standard Ebooks), "
    "textbooks (OpenStax), children's stories (African Storybook, Pratham Books), news rewritten for learners "
    "(OneStopEnglish), sentences for learners (Tatoeba, Common Voice), split Wikipedia sentences (WikiSplit), captions "
    "of photographs (COCO), and dialogues (Schema-Guided Dialogue, Taskmaster, Synthetic-Persona-Chat, Banking77)."
)
CLEANED = (
    "Markup, tables, formulas, exercises and verse were taken out, and paragraphs with racial slurs or strong "
    "obscenities. That is no safety filter: the older fiction keeps the attitudes of its time, and the model may "
    "repeat them."
)
COPIED_BOTH = "The decoder and the recurrent model were given the same practice."
NO_STAND_IN = (
    "Stand for large models. What a head does here need not be what heads do in a model ten thousand times its size."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """What a card says of a model beside its figures. `vocabulary` comes after a number."""

    introduction: str
    architecture: str
    vocabulary: str
    limits: tuple[str, ...]


PROSE = {
    "headlight-translator": Prose(
        introduction=(
            "A small translator from English to Spanish that ships with Headlight: an encoder reads the English "
            "sentence, a decoder writes the Spanish one and looks back at the English by cross-attention. It is made "
            "to be looked into, not to be useful."
        ),
        architecture=(
            "Marian, as in Vaswani et al. 2017: encoder and decoder, sinusoidal positions, norm after each part, ReLU, "
            "embeddings times √d_model, one table of embeddings for both languages and for the output"
        ),
        vocabulary="pieces, Unigram, the same for both languages",
        limits=(
            "Be trusted with a translation. Rare words come out as other words, names change, parts are left out.",
            "Long sentences: half of those it learned from have six words or fewer, and few have more than twelve.",
            "Any other pair of languages, or Spanish to English.",
            "Texts of more than one sentence, which it hardly ever saw.",
            "Characters its training text did not have: they become <unk>.",
            NO_STAND_IN,
        ),
    ),
    "headlight-encoder": Prose(
        introduction=(
            "A small encoder that ships with Headlight. It reads a text in both directions at once and fills in the "
            "words behind [MASK]. It is made to be looked into, not to be useful."
        ),
        architecture=(
            "BERT: encoder, learned positions (they began as sinusoids), norm after each part, a masked-language-model "
            "head on the embeddings"
        ),
        vocabulary="pieces, WordPiece, everything in lower case",
        limits=(
            "Tell the truth. It knows no facts and must not be asked for advice.",
            "Foresee the next word: it reads in both directions and was never trained to go on with a text.",
            "Show much attention above layer 0: nearly all of it goes to [CLS] there, as the table above says.",
            "Tell capitals from small letters, or read any language but English.",
            "More than 128 tokens.",
            NO_STAND_IN,
        ),
    ),
    "headlight-decoder": Prose(
        introduction=(
            "A small language model that ships with Headlight. It reads a text from left to right and gives, after "
            "every token, a probability for each token that might come next. It is made to be looked into, not to be "
            "useful."
        ),
        architecture="GPT-2: decoder, learned positions, norm before each part, input and output embeddings tied",
        vocabulary="tokens, byte-level BPE",
        limits=(
            "Tell the truth. It knows no facts, cannot calculate and must not be asked for advice.",
            "Hold a thread. It writes grammatical pieces that do not hang together.",
            "Any language but English; other scripts fall apart into single bytes.",
            "More than 256 tokens.",
            NO_STAND_IN,
        ),
    ),
    "headlight-recurrent": Prose(
        introduction=(
            "A small language model without attention that ships with Headlight, to be compared with "
            "headlight-decoder: the same tokenizer, the same text, as many parameters. It reads one token after the "
            "other and keeps what it has read in a memory of fixed size."
        ),
        architecture="LSTM, input and output embeddings tied; the class is Headlight's own, for transformers has none",
        vocabulary="tokens, byte-level BPE, the decoder's",
        limits=(
            "Tell the truth. It knows no facts, cannot calculate and must not be asked for advice.",
            "Show attention: it has none.",
            "Any language but English; other scripts fall apart into single bytes.",
            "Say which of the two architectures is better: that would take models trained to the end, many times.",
        ),
    ),
}
