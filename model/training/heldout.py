"""The texts and sentence pairs no model was trained on, packed beside this file.

`texts.tar.xz` holds 1 % of the documents of every source of the corpus; `pairs.tsv.xz` 1,000 English-Spanish pairs.
Whose texts they are is in the files of `corpus/` and in `model/bundled/LICENSE`.
"""

import lzma
import random
import tarfile
import unicodedata
from pathlib import Path

HELDOUT = Path(__file__).parent / "heldout"
N_PAIRS = 1000
Pair = tuple[str, str]


def texts() -> dict[str, str]:
    """Return the held-out text of every source, by its name."""
    found: dict[str, str] = {}
    with tarfile.open(HELDOUT / "texts.tar.xz") as archive:
        for member in sorted(archive.getmembers(), key=lambda each: each.name):
            file = archive.extractfile(member)
            if file is not None and member.name.endswith(".txt"):
                found[Path(member.name).stem] = file.read().decode()
    return found


def pairs() -> list[Pair]:
    """Return the held-out pairs, English first."""
    return read_pairs(HELDOUT / "pairs.tsv.xz")


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of an xz-packed file with English, a tab and Spanish on each line."""
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [(english, spanish) for english, spanish in rows]


def same_english(sentence: str) -> str:
    """Return what two sentences share that differ only in case, punctuation or spaces."""
    letters = unicodedata.normalize("NFKC", sentence).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters.replace("'", "").replace("’", "")).split())


def training_pairs(everything: list[Pair], kept_back: list[Pair]) -> list[Pair]:
    """Return the pairs whose English, case and punctuation aside, is none of the held-out ones."""
    held = {same_english(english) for english, _ in kept_back}
    return [pair for pair in everything if same_english(pair[0]) not in held]


def choose_pairs(everything: list[Pair], seed: int = 1) -> list[Pair]:
    """Draw N_PAIRS different English sentences, each with one of its translations."""
    translations: dict[str, list[Pair]] = {}
    for pair in everything:
        translations.setdefault(same_english(pair[0]), []).append(pair)
    draw = random.Random(seed)  # noqa: S311 -- a draw that can be repeated, not a secret
    return [draw.choice(translations[key]) for key in draw.sample(sorted(translations), N_PAIRS)]


def pack(corpus: Path) -> None:
    """Write the two packed files from the corpus folder. The same corpus gives the same files."""
    (HELDOUT / "texts.tar.xz").write_bytes((corpus / "heldout.tar.xz").read_bytes())
    chosen = choose_pairs(read_pairs(corpus / "en-es.tsv.xz"))
    text = "".join(f"{english}\t{spanish}\n" for english, spanish in chosen)
    (HELDOUT / "pairs.tsv.xz").write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
