"""Text to tokens: IDs, spans, the bytes each token stands for, and how a token is spelled for a person.

Everything that changes a tokenizer's state runs on the engine's thread only.
"""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from model.errors import TextError

MAX_CHARACTERS = 2_000  # before tokenising: bounds the work a long text can cause
MAX_TOKENS = 256
NO_LIMIT = 10**9  # of tokens, for `tokenise`

Speller = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """A tokenised text. All tuples have one entry per token."""

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    pieces: tuple[bytes, ...]
    offsets: tuple[tuple[int, int], ...]
    special: tuple[bool, ...]
    n_cut: int  # tokens dropped at the end


def clean(text: str) -> tuple[str, int]:
    """Replace lone surrogates, which no tokenizer can read, by U+FFFD; return the text and how many there were."""
    count = sum(0xD800 <= ord(character) <= 0xDFFF for character in text)
    if count:
        text = "".join("\ufffd" if 0xD800 <= ord(character) <= 0xDFFF else character for character in text)
    return text, count


def shorten(text: str) -> tuple[str, int]:
    """Cut a text to MAX_CHARACTERS; return it and the number of characters dropped."""
    return text[:MAX_CHARACTERS], max(0, len(text) - MAX_CHARACTERS)


@lru_cache(maxsize=1)
def byte_glyphs() -> dict[str, int]:
    """Return the glyph of each byte in GPT-2's byte-level BPE, as glyph -> byte.

    Printable Latin-1 characters stand for themselves; the 68 others take the code points from 256 on, in order
    (Radford et al. 2019, section 2.2).
    """
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


def _byte_level(token: str) -> bytes:
    glyphs = byte_glyphs()
    return bytes(glyphs[glyph] for glyph in token) if all(g in glyphs for g in token) else token.encode()


def _word_piece(token: str) -> bytes:
    return token.removeprefix("##").encode()


def _sentence_piece(token: str) -> bytes:
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):  # byte fallback
        return bytes.fromhex(token[3:5])
    return token.replace("▁", " ").encode()


def _end_of_word(token: str) -> bytes:
    return token.removesuffix("</w>").encode()


def speller(tokenizer: Any) -> Speller:
    """Return the function from a token, as this tokenizer spells it, to the bytes it stands for."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return _sentence_piece  # the tokenizers without a fast version that transformers still has
    parts = json.loads(backend.to_str())
    kinds = json.dumps([parts["pre_tokenizer"], parts["decoder"]])
    if '"ByteLevel"' in kinds:
        return _byte_level
    if '"WordPiece"' in kinds:
        return _word_piece
    if '"Metaspace"' in kinds or "▁" in json.dumps([parts["normalizer"], parts["decoder"]], ensure_ascii=False):
        return _sentence_piece
    return _end_of_word if "</w>" in kinds else str.encode


def tokenise(tokenizer: Any, spell_token: Speller, text: str, max_tokens: int, **options: Any) -> Tokens:
    """Tokenise `text` to at most `max_tokens` tokens, the tokenizer's own special tokens included.

    A special token that was typed by hand stays ordinary text. Raises TextError when nothing but special tokens
    comes out.
    """
    encoded = _encode(tokenizer, text, options)
    n_cut = len(encoded["input_ids"]) - max_tokens
    if n_cut > 0:  # cut by the tokenizer, which keeps its own closing token
        encoded = _encode(tokenizer, text, options | {"truncation": True, "max_length": max_tokens})
    ids = encoded["input_ids"]
    special = tuple(bool(flag) for flag in encoded["special_tokens_mask"])
    if all(special):
        raise TextError("This model's tokenizer finds nothing to read in the text. Type some words.")
    tokens = tuple(tokenizer.convert_ids_to_tokens(ids))
    added = tokenizer.all_special_tokens
    return Tokens(
        ids=tuple(ids),
        tokens=tokens,
        pieces=tuple(token.encode() if token in added else spell_token(token) for token in tokens),
        offsets=_offsets(encoded, tokens, special, text, spell_token),
        special=special,
        n_cut=max(0, n_cut),
    )


def _encode(tokenizer: Any, text: str, options: dict[str, Any]) -> Any:
    return tokenizer(
        **({"text_target": text} if options.get("target") else {"text": text}),
        **{name: value for name, value in options.items() if name != "target"},
        return_offsets_mapping=tokenizer.is_fast,
        return_special_tokens_mask=True,
        split_special_tokens=True,
    )


def _offsets(
    encoded: Any,
    tokens: tuple[str, ...],
    special: tuple[bool, ...],
    text: str,
    spell_token: Speller,
) -> tuple[tuple[int, int], ...]:
    """Return the character span of each token; those of a tokenizer without spans are found from left to right."""
    if "offset_mapping" in encoded:
        return tuple((int(start), int(end)) for start, end in encoded["offset_mapping"])
    spans, cursor = [], 0
    for token, added in zip(tokens, special, strict=True):
        piece = "" if added else spell_token(token).decode(errors="ignore").strip()
        found = text.find(piece, cursor) if piece else -1
        start, cursor = (found, found + len(piece)) if found >= 0 else (cursor, cursor)
        spans.append((start, cursor))
    return tuple(spans)


NAMED = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥"}


def spell(piece: bytes) -> str:
    """Spell the bytes of a token so that nothing is invisible: "␣the", "⏎", "⟨F0 9F⟩", "⟨U+202E⟩".

    A byte that is not part of a whole character is shown in hexadecimal, never as U+FFFD. The result is plain
    text, not escaped for HTML.
    """
    parts: list[str] = []
    loose: list[int] = []  # bytes of a broken character

    def close() -> None:
        if loose:
            parts.append("⟨" + " ".join(f"{byte:02X}" for byte in loose) + "⟩")
            loose.clear()

    for character in piece.decode(errors="surrogateescape"):
        if 0xDC80 <= ord(character) <= 0xDCFF:
            loose.append(ord(character) - 0xDC00)
            continue
        close()
        parts.append(_visible(character, first=not parts))
    close()
    return "".join(parts)


def _visible(character: str, *, first: bool) -> str:
    category = unicodedata.category(character)
    if character in NAMED:
        return NAMED[character]
    if category in ("Cc", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"):  # control, format, separators, private, unassigned
        return f"⟨U+{ord(character):04X}⟩"
    if category.startswith("M") and first:  # a combining mark with nothing to stand on
        return "◌" + character
    return character


def label(piece: bytes) -> str:
    """Spell a token for an axis: as `spell`, less the one space in front that most words carry."""
    spelled = spell(piece)
    return spelled[1:] if len(spelled) > 1 and spelled.startswith("␣") else spelled
