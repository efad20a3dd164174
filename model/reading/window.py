"""The end of a text that a model can read: where writing goes on, the oldest tokens fall out of its view."""

from dataclasses import dataclass

from headlight.model.admitting.catalog import Source
from headlight.model.admitting.loading import LoadedModel
from headlight.model.engine import default_engine
from headlight.model.reading.tokens import MAX_CHARACTERS, MAX_TOKENS, NO_LIMIT, clean, tokenise


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A text in two parts: what fell out of the model's view, and the end that it reads."""

    text: str
    most: int  # tokens, those the tokenizer adds included
    n_fallen_characters: int = 0  # in front of those whose tokens are known
    fallen: tuple[bytes, ...] = ()  # the tokens between them and the text, the oldest first


def last_that_fit(source: Source, text: str) -> Window:
    """Return the longest end of a text that the model reads whole: at most MAX_CHARACTERS, and tokens that fit.

    Raises what loading the model raises, and TextError when the text holds nothing to read.
    """
    engine = default_engine()
    loaded = engine.loaded(source)
    text = clean(text)[0]
    most = min(loaded.facts.context or MAX_TOKENS, MAX_TOKENS)
    if not text.strip() or len(text.encode()) + 8 <= most:  # a token is at least a byte; tokenizers add a few
        return Window(text=text, most=most)
    key = ("window", loaded.facts.name, loaded.facts.revision, text[-MAX_CHARACTERS:], str(len(text)))
    return engine.call(lambda: _window(loaded, text, most), key=key, n_bytes=lambda window: 4 * len(window.text))


def _window(loaded: LoadedModel, whole: str, most: int) -> Window:
    text = whole[-MAX_CHARACTERS:]
    tokens = tokenise(loaded.tokenizer, loaded.spell_token, text, NO_LIMIT)
    typed = [place for place, special in enumerate(tokens.special) if not special]
    n_left_out = max(0, len(tokens.ids) - most)
    # Read by itself, an end may make a token more than it did in the whole; then one more of the oldest goes.
    for first in range(n_left_out, len(typed)):
        start = tokens.offsets[typed[first]][0] if first else 0
        if first and start == tokens.offsets[typed[first - 1]][0]:
            continue  # inside a character
        end = text[start:]
        if not first or len(tokenise(loaded.tokenizer, loaded.spell_token, end, NO_LIMIT).ids) <= most:
            fallen = tuple(tokens.pieces[place] for place in typed[:first])
            return Window(text=end, most=most, n_fallen_characters=len(whole) - len(text), fallen=fallen)
    return Window(text=text, most=most)
