"""Text to tokens: IDs, spans, the bytes each token stands for, and how a token is spelled for a person.

Everything that changes a tokenizer's state runs on the engine's thread only.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tokenizers import Regex, pre_tokenizers

from headlight.model.errors import TextError

MAX_CHARACTERS = 2_000  # before tokenising: bounds the work a long text can cause
MAX_TOKENS = 256
NO_LIMIT = 10**9  # of tokens, for `tokenise`
LONE_SURROGATE = re.compile("[\ud800-\udfff]")

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
    return LONE_SURROGATE.subn("\ufffd", text)


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
    try:
        return bytes(map(byte_glyphs().__getitem__, token))
    except KeyError:  # not a token of bytes
        return token.encode()


def _word_piece(token: str) -> bytes:
    return token.removeprefix("##").encode()


def _sentence_piece(token: str) -> bytes:
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):  # byte fallback
        return bytes.fromhex(token[3:5])
    return token.replace("▁", " ").encode()


def _end_of_word(token: str) -> bytes:
    return token.removesuffix("</w>").encode()


def keep_typed_specials_apart(tokenizer: Any) -> None:
    """Make a tokenizer split the spelling of a special token that was typed by hand.

    `split_special_tokens` alone does not reach Unigram and word-level vocabularies, which hold "</s>" as a word.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or type(backend.model).__name__ not in ("Unigram", "WordLevel"):
        return
    specials = {added.content for added in tokenizer.added_tokens_decoder.values() if added.special}
    spellings = sorted(token for token in specials | set(tokenizer.all_special_tokens) if len(token) > 1)
    if spellings:
        starts = "|".join(f"{re.escape(token[0])}(?={re.escape(token[1:])})" for token in spellings)
        split = pre_tokenizers.Split(Regex(starts), behavior="merged_with_previous")
        steps = [backend.pre_tokenizer] if backend.pre_tokenizer else []
        backend.pre_tokenizer = pre_tokenizers.Sequence([*steps, split])


def _latin_1(token: str) -> bytes:
    return token.encode("latin-1", errors="replace")


def speller(tokenizer: Any) -> Speller:
    """Return the function from a token, as this tokenizer spells it, to the bytes it stands for.

    A token that was added beside the trained vocabulary, a special one for example, stands for its own spelling.
    """
    spell_trained = _trained_speller(tokenizer)
    added = frozenset(tokenizer.get_added_vocab()) | frozenset(tokenizer.all_special_tokens)

    @lru_cache(maxsize=65_536)  # the same tokens come again and again
    def spell_token(token: str) -> bytes:
        return token.encode() if token in added else spell_trained(token)

    return spell_token


def _trained_speller(tokenizer: Any) -> Speller:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:  # the tokenizers written in Python that transformers still has: ByT5's, and SentencePiece
        return _latin_1 if "byt5" in type(tokenizer).__name__.lower() else _sentence_piece
    parts = json.loads(backend.to_str())
    kinds = json.dumps([parts["pre_tokenizer"], parts["decoder"]])
    if '"ByteLevel"' in kinds:
        return _byte_level
    if '"WordPiece"' in kinds:
        return _word_piece
    if '"Metaspace"' in kinds or "▁" in json.dumps([parts["normalizer"], parts["decoder"]], ensure_ascii=False):
        return _sentence_piece
    return _end_of_word if "</w>" in kinds else str.encode


def tokenise(tokenizer: Any, spell_token: Speller, text: str, max_tokens: int) -> Tokens:
    """Tokenise `text` to at most `max_tokens` tokens, the tokenizer's own special tokens included.

    A special token that was typed by hand stays ordinary text. Raises TextError when nothing but special tokens
    comes out.
    """
    encoded = _encode(tokenizer, {"text": text}, max_tokens)
    if all(encoded["special_tokens_mask"]):
        raise TextError("This model's tokenizer finds nothing to read in the text. Type some words.")
    return _tokens(tokenizer, spell_token, encoded, text)


def target_tokens(tokenizer: Any, spell_token: Speller, text: str, max_tokens: int, start_id: int) -> Tokens:
    """Tokenise the text that a decoder reads, as a target: `start_id` in front, no closing token.

    At most `max_tokens` come out, `start_id` included. An empty text leaves that one alone.
    """
    encoded = _encode(tokenizer, {"text_target": text}, max_tokens)
    read = _tokens(tokenizer, spell_token, encoded, text)
    closed = bool(read.ids) and read.special[-1] and read.ids[-1] == tokenizer.eos_token_id
    last = min(len(read.ids) - closed, max_tokens - 1)
    n_cut = read.n_cut + len(read.ids) - closed - last
    return Tokens(
        ids=(start_id, *read.ids[:last]),
        tokens=(*tokenizer.convert_ids_to_tokens([start_id]), *read.tokens[:last]),
        pieces=(*_pieces(tokenizer, spell_token, [start_id]), *read.pieces[:last]),
        offsets=((0, 0), *read.offsets[:last]),
        special=(True, *read.special[:last]),
        n_cut=n_cut,
    )


def written_tokens(tokenizer: Any, spell_token: Speller, ids: tuple[int, ...]) -> tuple[Tokens, str]:
    """Return the tokens that a decoder wrote, its start token first, and the text they make."""
    specials = set(tokenizer.all_special_ids)
    special = (True, *(each in specials for each in ids[1:]))
    tokens = tuple(tokenizer.convert_ids_to_tokens(list(ids)))
    typed = [each for each, added in zip(ids, special, strict=True) if not added]
    text = tokenizer.decode(typed, clean_up_tokenization_spaces=False) if typed else ""
    written = Tokens(
        ids=ids,
        tokens=tokens,
        pieces=_pieces(tokenizer, spell_token, ids),
        offsets=_found(tokens, special, text, spell_token),
        special=special,
        n_cut=0,
    )
    return written, text


def _pieces(tokenizer: Any, spell_token: Speller, ids: Sequence[int]) -> tuple[bytes, ...]:
    return tuple(spell_token(token) for token in tokenizer.convert_ids_to_tokens(list(ids)))


def _encode(tokenizer: Any, text: dict[str, str], max_tokens: int) -> Any:
    """Tokenise, and once more to cut when too much comes out; `n_cut` holds how many tokens that dropped."""
    options = {
        "return_offsets_mapping": tokenizer.is_fast,
        "return_special_tokens_mask": True,
        "split_special_tokens": True,
    }
    encoded = tokenizer(**text, **options)
    n_cut = len(encoded["input_ids"]) - max_tokens
    if n_cut > 0:  # cut by the tokenizer, which keeps its own closing token
        encoded = tokenizer(**text, **options, truncation=True, max_length=max_tokens)
    encoded["n_cut"] = max(0, n_cut)
    return encoded


def _tokens(tokenizer: Any, spell_token: Speller, encoded: Any, text: str) -> Tokens:
    ids = tuple(encoded["input_ids"])
    tokens = tuple(tokenizer.convert_ids_to_tokens(ids))
    special = tuple(map(bool, encoded["special_tokens_mask"]))
    if "offset_mapping" in encoded:
        offsets = tuple(encoded["offset_mapping"])
    else:
        offsets = _found(tokens, special, text, spell_token)
    return Tokens(
        ids=ids,
        tokens=tokens,
        pieces=tuple(spell_token(token) for token in tokens),
        offsets=offsets,
        special=special,
        n_cut=encoded["n_cut"],
    )


def _found(
    tokens: tuple[str, ...], special: tuple[bool, ...], text: str, spell_token: Speller
) -> tuple[tuple[int, int], ...]:
    """Return the character span of each token where nobody says it: the first place, from left to right.

    Special tokens, and those that are no whole character, span nothing.
    """
    spans, cursor = [], 0
    for token, added in zip(tokens, special, strict=True):
        piece = "" if added else spell_token(token).decode(errors="ignore").strip()
        found = text.find(piece, cursor) if piece else -1
        start, cursor = (found, found + len(piece)) if found >= 0 else (cursor, cursor)
        spans.append((start, cursor))
    return tuple(spans)


# U+FFFD, when it is in the text itself, looks like a failure to spell something: it is named too.
NAMED = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥", "\ufffd": "⟨U+FFFD⟩"}


@lru_cache(maxsize=16_384)  # a page names the same tokens in several places
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


def split_characters(pieces: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
    """Return the runs of tokens, as (first, one past the last), that only together make whole characters.

    Byte-level vocabularies spread a rare character over several tokens. A token that is broken for good (the text
    was cut inside a character) is in no run.
    """
    runs, first = [], 0
    while first < len(pieces):
        whole = _whole_from(pieces, first)
        if whole > first + 1:
            runs.append((first, whole))
        first = max(whole, first + 1)
    return tuple(runs)


def _whole_from(pieces: Sequence[bytes], first: int) -> int:
    """Return where the characters that begin in token `first` are complete; `first` itself when they never are."""
    for end in range(first + 1, len(pieces) + 1):
        try:
            b"".join(pieces[first:end]).decode()
        except UnicodeDecodeError:
            continue
        return end
    return first
