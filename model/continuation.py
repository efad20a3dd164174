"""Writing a token of the vocabulary behind a text or in place of one of its own, and what the text is then cut into."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from headlight.model.admitting.loading import LoadedModel
from headlight.model.detail import pieces_of
from headlight.model.engine import default_engine
from headlight.model.errors import NotShownError
from headlight.model.reading.tokens import NO_LIMIT, Tokens, spell, target_tokens, tokenise
from headlight.model.trace import Trace

TokenKind = Literal["text", "part", "mark"]


def kinds_of(trace: Trace, ids: Sequence[int]) -> tuple[TokenKind, ...]:
    """Return what tokens of the vocabulary are when written: text, a part of a character, or a mark."""
    marks = default_engine().loaded_for(trace).marks

    def kind(token_id: int, piece: bytes) -> TokenKind:
        if token_id in marks or not piece:
            return "mark"
        return "part" if "\ufffd" in piece.decode(errors="replace") else "text"

    return tuple(map(kind, ids, pieces_of(trace, ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """A text with a token written behind it."""

    added: str  # the characters to put behind the text
    recut: tuple[bytes, ...]  # the end of the longer text, when the tokenizer cuts it otherwise; () when it does not


def continued(trace: Trace, token_id: int) -> Continuation:
    """Return what to write behind the text that the predicting stack read, to go on with a token.

    Raises NotShownError when the token is no text of its own (part of a character, or a mark such as the end of the
    text), IndexError when there is no such token.
    """
    (piece,) = pieces_of(trace, [token_id])
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    stack = trace.stacks[-1]

    def cut(added: str) -> Tokens:
        if len(trace.stacks) == 1:
            return tokenise(loaded.tokenizer, loaded.spell_token, trace.text + added, NO_LIMIT)
        target = (trace.target_text or "") + added
        return target_tokens(loaded.tokenizer, loaded.spell_token, target, NO_LIMIT, int(stack.ids[0]))

    def work() -> Continuation:
        tokenizer = loaded.tokenizer
        if token_id == tokenizer.eos_token_id:
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

    return engine.call(work)


def _typed_ids(tokens: Tokens) -> list[int]:
    return [token_id for token_id, special in zip(tokens.ids, tokens.special, strict=True) if not special]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A text in which one token was exchanged for another."""

    text: str
    recut: tuple[bytes, ...]  # the changed part, when the tokenizer cuts it otherwise; () when it does not


def replaced(trace: Trace, place: int, token_id: int) -> Replacement:
    """Return the text of a one-stack trace with a token in place of the one at `place`; all else stays as typed.

    Raises NotShownError when the new token is no text of its own, or the old one cannot be found in the text or shares
    a character with its neighbours; IndexError when there is no such token.
    """
    (piece,) = pieces_of(trace, [token_id])
    engine = default_engine()
    loaded = engine.loaded_for(trace)
    stack, text = trace.stacks[0], trace.text
    start, end = stack.offsets[place]
    old = spell(stack.pieces[place])
    beside = [stack.offsets[each] for each in (place - 1, place + 1) if 0 <= each < len(stack.ids)]
    if any(max(start, first) < min(end, last) for first, last in beside):
        raise NotShownError(f"{old} is only a part of a character, so it cannot be replaced alone. Nothing is written.")
    if start == end:
        raise NotShownError(f"Where {old} stands in the text is not known, so nothing is written in its place.")

    def work() -> Replacement:
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

    return engine.call(work)


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
