"""Writing a token of the vocabulary behind a text or in place of one of its own, what the text is then cut into, and
how much of a long text a model still reads: where writing goes on, the oldest tokens fall out of its view.
"""

from collections.abc import Sequence
from itertools import product

from headlight.model.admitting.loading import LoadedModel
from headlight.model.answers import Continuation, Replacement, Window
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import NO_LIMIT, Tokens, spell, target_tokens, tokenise
from headlight.model.trace import Trace


def continued(loaded: LoadedModel, trace: Trace, *, token_id: int) -> Continuation:
    """Return what to write behind the text that the predicting stack read, to go on with a token.

    Raises NotShownError when the token is no text of its own (part of a character, or a mark such as the end of the
    text), IndexError when there is no such token.
    """
    piece = _piece(loaded, token_id)
    stack = trace.stacks[-1]

    def cut(added: str) -> Tokens:
        if len(trace.stacks) == 1:
            return tokenise(loaded.tokenizer, loaded.spell_token, trace.text + added, NO_LIMIT)
        target = (trace.target_text or "") + added
        return target_tokens(loaded.tokenizer, loaded.spell_token, target, NO_LIMIT, int(stack.ids[0]))

    if token_id == loaded.tokenizer.eos_token_id:
        raise NotShownError(f"{spell(piece)} marks the end of a text: here the model would stop. Nothing is added.")
    added = _characters(loaded, token_id, piece)
    wanted = [*stack.ids[~stack.special].tolist(), token_id]
    longer: list[Tokens] = []
    for each in (added, f" {added}"):  # WordPiece leaves the space before a word unsaid
        longer.append(cut(each))
        if _typed_ids(longer[-1]) == wanted:
            return Continuation(added=each, recut=())
    ids = _typed_ids(longer[0])
    n_same = _n_same(ids, wanted)
    typed = [each for each, added in zip(longer[0].pieces, longer[0].special, strict=True) if not added]
    return Continuation(added=added, recut=tuple(typed[max(0, min(n_same, len(typed) - 1)) :]))


def replaced(loaded: LoadedModel, trace: Trace, *, place: int, token_id: int) -> Replacement:
    """Return the text of a one-stack trace with a token in place of the one at `place`; all else stays as typed.

    Raises NotShownError when the new token is no text of its own, or the old one cannot be found in the text or shares
    a character with its neighbours; IndexError when there is no such token.
    """
    piece = _piece(loaded, token_id)
    stack, text = trace.stacks[0], trace.text
    start, end = stack.offsets[place]
    old = spell(stack.pieces[place])
    beside = [stack.offsets[each] for each in (place - 1, place + 1) if 0 <= each < len(stack.ids)]
    if any(max(start, first) < min(end, last) for first, last in beside):
        raise NotShownError(f"{old} is only a part of a character, so it cannot be replaced alone. Nothing is written.")
    if start == end:
        raise NotShownError(f"Where {old} stands in the text is not known, so nothing is written in its place.")
    written = _characters(loaded, token_id, piece)
    wanted = stack.ids.copy()
    wanted[place] = token_id
    wanted = wanted[~stack.special].tolist()
    before, after = text[:start], text[end:]
    tried = []
    # As it stands; as a word of its own; joined to the word before. Tokenizers differ in where the space belongs.
    for front, back, middle in product(
        (before, f"{before} ", before.rstrip()),
        (after, f" {after}"),
        dict.fromkeys((written.removeprefix(" ") or written, written)),
    ):
        longer = tokenise(loaded.tokenizer, loaded.spell_token, front + middle + back, NO_LIMIT)
        ids = _typed_ids(longer)
        if ids == wanted or (trace.cut and ids[: len(wanted)] == wanted):
            return Replacement(text=front + middle + back, recut=())
        n_front = _n_same(ids, wanted)
        n_back = min(_n_same(ids[::-1], wanted[::-1]), len(ids) - n_front)
        typed = [each for each, added in zip(longer.pieces, longer.special, strict=True) if not added]
        recut = tuple(typed[n_front : len(ids) - n_back]) or tuple(typed[max(0, n_front - 1) : n_front])
        tried.append((n_front + n_back, Replacement(text=front + middle + back, recut=recut)))
    return max(tried, key=lambda each: each[0])[1]  # what leaves most tokens as they were


def window(loaded: LoadedModel, *, text: str, most: int) -> Window:
    """Return the longest end of a text that gives at most `most` tokens, those the tokenizer adds included.

    Raises TextError when the text holds nothing to read.
    """
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
            return Window(text=end, most=most, fallen=fallen)
    return Window(text=text, most=most)


def _piece(loaded: LoadedModel, token_id: int) -> bytes:
    """Return the bytes of a token. Raises IndexError for an ID that the vocabulary does not have."""
    if not 0 <= token_id < loaded.facts.vocab_size:
        raise IndexError(f"there is no token {token_id}: the vocabulary has {loaded.facts.vocab_size} tokens")
    (token,) = loaded.tokenizer.convert_ids_to_tokens([token_id])
    return b"" if token is None else loaded.spell_token(token)


def _typed_ids(tokens: Tokens) -> list[int]:
    return [token_id for token_id, special in zip(tokens.ids, tokens.special, strict=True) if not special]


def _characters(loaded: LoadedModel, token_id: int, piece: bytes) -> str:
    """Return the characters of a token. Raises NotShownError when it is a mark or a part of a character."""
    if token_id in loaded.marks or not piece:
        raise NotShownError(
            f"Token {token_id} {spell(piece)} is a mark that stands for no text, so nothing is written."
        )
    try:
        return piece.decode()
    except UnicodeDecodeError:
        raise NotShownError(
            f"{spell(piece)} is only a part of a character, so it cannot be written alone. Nothing is written."
        ) from None


def _n_same(ids: Sequence[int], wanted: Sequence[int]) -> int:
    """Return how many IDs at the beginning are the same."""
    return next((i for i, (a, b) in enumerate(zip(ids, wanted, strict=False)) if a != b), min(len(ids), len(wanted)))
