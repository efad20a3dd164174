"""A corpus folder small enough to train on in a test."""

import lzma
from pathlib import Path

import pytest
import torch

ANIMALS = ("cat", "dog", "horse", "bird", "mouse")
GATOS = ("gato", "perro", "caballo", "pájaro", "ratón")
COLOURS = (("black", "negro"), ("white", "blanco"), ("small", "pequeño"))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Train on one thread, as the app reads on one: two that wait for each other are slower on tiny matrices."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the corpus's own shape: one source and the pairs."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [f"The {colour} {animal} sleeps on the mat." for colour, _ in COLOURS for animal in ANIMALS]
    documents = "\n\n".join("\n".join(lines[start:] + lines[:start]) for start in range(len(lines)))
    (folder / "tiny.txt.xz").write_bytes(lzma.compress(documents.encode()))
    pairs = [
        f"The {colour} {animal} sleeps.\tEl {gato} {color} duerme."
        for colour, color in COLOURS
        for animal, gato in zip(ANIMALS, GATOS, strict=True)
    ]
    (folder / "en-es.tsv.xz").write_bytes(lzma.compress("".join(f"{pair}\n" for pair in pairs * 20).encode()))
    return folder
