"""Going on with a text: what a token of the vocabulary is when written, and what the longer text is cut into."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.detail import pieces_of
from model.engine import default_engine
from model.errors import NotShownError
from model.tokens import NO_LIMIT, Tokens, spell, target_tokens, tokenise
from model.trace import Trace

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
        if token_id in loaded.marks or not piece:
            raise NotShownError(
                f"Token {token_id} {spell(piece)} is a mark that stands for no text, so nothing is added."
            )
        try:
            added = piece.decode()
        except UnicodeDecodeError:
            raise NotShownError(
                f"{spell(piece)} is only a part of a character, so it cannot be written alone. Nothing is added."
            ) from None
        wanted = [*stack.ids[~stack.special].tolist(), token_id]
        longer: list[Tokens] = []
        for each in (added, f" {added}"):  # WordPiece leaves the space before a word unsaid
            longer.append(cut(each))
            if _typed_ids(longer[-1]) == wanted:
                return Continuation(added=each, recut=())
        ids = _typed_ids(longer[0])
        n_same = next((i for i, (a, b) in enumerate(zip(ids, wanted, strict=False)) if a != b), len(ids))
        typed = [each for each, added in zip(longer[0].pieces, longer[0].special, strict=True) if not added]
        return Continuation(added=added, recut=tuple(typed[max(0, min(n_same, len(typed) - 1)) :]))

    return engine.call(work)


def _typed_ids(tokens: Tokens) -> list[int]:
    return [token_id for token_id, special in zip(tokens.ids, tokens.special, strict=True) if not special]
