"""The corpus folder as text, and as one long row of token IDs."""

import lzma
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, UInt

from headlight.model.training.recipes import Recipe

PACKED = ".txt.xz"
DOCUMENTS_AT_ONCE = 1000
CHARACTERS_FOR_A_TOKENIZER = 30_000_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Row:
    """All training text, one document after the other."""

    ids: UInt[np.ndarray, " token"]
    lines: Int[np.ndarray, " line"]  # where each line begins


def documents(corpus: Path) -> Iterator[tuple[str, str]]:
    """Yield every document of the training text with the name of its source, in a fixed order."""
    for path in sorted(corpus.glob("*" + PACKED)):
        source = path.name.removesuffix(PACKED)
        with lzma.open(path, "rt", encoding="utf-8") as file:
            lines: list[str] = []
            for line in file:
                if line.strip():
                    lines.append(line.rstrip("\n"))
                elif lines:
                    yield source, "\n".join(lines)
                    lines = []
            if lines:
                yield source, "\n".join(lines)


def chosen(recipe: Recipe, corpus: Path) -> Iterator[str]:
    """Yield the documents a recipe trains on: of a source with a weight below 1, that share of them, drawn."""
    draw = random.Random(recipe.seed)  # noqa: S311 -- a draw that can be repeated, not a secret
    weights = dict(recipe.weights)
    for source, document in documents(corpus):
        if draw.random() < weights.get(source, 1.0):
            yield document


def lines_for_a_tokenizer(recipe: Recipe, corpus: Path) -> Iterator[str]:
    """Yield lines of documents drawn from the whole of the text, CHARACTERS_FOR_A_TOKENIZER or less."""
    everything = list(chosen(recipe, corpus))
    random.Random(recipe.seed).shuffle(everything)  # noqa: S311
    n_characters = 0
    for document in everything:
        if n_characters > CHARACTERS_FOR_A_TOKENIZER:
            return
        n_characters += len(document)
        yield from document.split("\n")


def as_row(recipe: Recipe, corpus: Path, tokenizer: Any, kept: Path, *, between: int, newline: list[int]) -> Row:
    """Return the recipe's text as one row of IDs, from the folder `kept` when it was worked out before.

    Each document begins with the ID `between`, and `newline` stands between its lines.
    """
    ids_path, lines_path = kept / "ids.npy", kept / "lines.npy"
    if not lines_path.exists():
        kept.mkdir(parents=True, exist_ok=True)
        pieces: list[np.ndarray] = []
        lines: list[np.ndarray] = []
        n_tokens = 0
        for ids, starts in encoded(chosen(recipe, corpus), tokenizer, between=between, newline=newline):
            pieces.append(ids)
            lines.append(starts + n_tokens)
            n_tokens += len(ids)
        np.save(ids_path, np.concatenate(pieces))
        np.save(lines_path, np.concatenate(lines))  # last: its presence says that both are whole
    return Row(ids=np.load(ids_path, mmap_mode="r"), lines=np.load(lines_path, mmap_mode="r"))


def encoded(
    texts: Iterator[str], tokenizer: Any, *, between: int, newline: list[int]
) -> Iterator[tuple[UInt[np.ndarray, " token"], Int[np.ndarray, " line"]]]:
    """Yield the IDs of each document, as `as_row` lays them out, and where its lines begin among them."""
    for some in _chunks(texts):
        split = [document.split("\n") for document in some]
        every_line = [line for document in split for line in document]
        rows = iter(tokenizer(every_line, add_special_tokens=False)["input_ids"])
        for document in split:
            ids, starts = [between], []
            for index in range(len(document)):
                if index:
                    ids += newline
                starts.append(len(ids))
                ids += next(rows)
            yield np.array(ids, dtype=np.uint16), np.array(starts, dtype=np.int64)


def _chunks(texts: Iterator[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for text in texts:
        chunk.append(text)
        if len(chunk) == DOCUMENTS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
