"""`python -m tests.claims [MODEL ...]`: what an example could claim of a model, measured.

A MODEL is a bundled one, or a folder; all bundled ones when none is named. What is printed are candidates: a claim is
chosen from them, written into `pages/frame/examples`, and checked by its test.
"""

import sys
from collections.abc import Sequence

import numpy as np

from headlight.model.admitting.catalog import MODELS, admit
from headlight.model.engine import default_engine
from headlight.model.run import run
from headlight.model.science.head_scores import ScoreName
from headlight.model.trace import AttentionKind
from headlight.pages.frame.examples import PRESETS
from tests.claims import measures
from tests.claims.sentences import (
    AGREEMENT,
    BLANKS,
    CONTEXTS,
    CROSSING,
    FACTS,
    GOES_ON,
    LISTS,
    ORDINARY,
    OTHER_CROSSING,
    REPEATED,
    TRANSLATED,
    WORDS,
)

N_SHOWN = 4


def main(models: Sequence[str]) -> None:
    """Print the measures that fit the kind of each model."""
    for model in models:
        kind = default_engine().facts(admit(model)).kind
        print(f"# {model} ({kind})")
        if kind in ("decoder", "recurrent"):
            going_on(model)
            separations(model)
        if kind == "decoder":
            heads(model, "decoder")
            readings(model, "decoder")
        if kind == "encoder":
            heads(model, "encoder")
            readings(model, "encoder")
            separations(model)
            blanks(model)
        if kind == "encoder-decoder":
            translations(model)
            heads(model, "encoder")
            heads(model, "cross")
        words(model)


def heads(model: str, kind: AttentionKind) -> None:
    """Print the heads that follow each pattern most, in ordinary sentences and in some that repeat."""
    print(f"\n## heads, {kind}")
    names: tuple[ScoreName, ...] = (
        ("first",) if kind == "cross" else ("previous", "first", "self", "duplicate", "induction")
    )
    for name in names:
        for what, texts in (("ordinary", ORDINARY), ("repeated", REPEATED)):
            scores, chance = measures.mean_scores(model, texts, kind, name)
            print(f"{name}, {what} (chance {chance:.2f}): {_heads(scores)}")


def readings(model: str, kind: AttentionKind) -> None:
    """Print, for the sentences with two readings, which heads read the verb and which the noun."""
    print("\n## from the last word but the full stop: to “taught” and to “students”")
    for preset in PRESETS:
        trace = run(model, preset.text)
        spelled = measures.words_of(trace)
        if {"taught", "students"} <= set(spelled):
            last = max(at for at, added in enumerate(trace.stacks[0].special) if not added)
            for row in range(spelled.index("students") + 2, last + 1):
                weights = measures.attention_of(trace, kind).weights[:, :, row]
                verb, noun = (weights[:, :, spelled.index(word)] for word in ("taught", "students"))
                print(f"{spelled[row]}: taught {_heads(verb)}; students {_heads(noun)}")


def going_on(model: str) -> None:
    """Print what comes next, which verb agrees, which facts are known, and whether a list is copied."""
    print("\n## next tokens")
    for text in GOES_ON:
        print(f"{text} … {', '.join(f'{name} {share:.3f}' for name, share in measures.next_tokens(model, text))}")
    print("\n## agreement: how much likelier the right verb is than the wrong one")
    for text, right, wrong in AGREEMENT:
        ratio = measures.continuation(model, text, right)[0] / measures.continuation(model, text, wrong)[0]
        print(f"{text} … {right}/{wrong} {ratio:.2f}")
    print("\n## facts: probability and rank")
    for text, word in FACTS:
        probability, rank = measures.continuation(model, text, word)
        print(f"{text} … {word} {probability:.5f}, {rank:,}")
    print("\n## copying: rank of each token in the second half")
    for text in LISTS:
        print(", ".join(f"{word} {rank}" for word, _, rank in measures.copying(model, text)))


def separations(model: str) -> None:
    """Print how far a word in two kinds of context lies apart, for a word of two senses and for others."""
    print("\n## by depth: how far the contexts pull a word apart, and how often the nearer context is the right one")
    for word in ("bank", "tree", "house"):
        apart, right = measures.separation(
            model, [[text.replace("bank", word) for text in texts] for texts in CONTEXTS], word
        )
        with np.printoptions(precision=2, suppress=True):
            print(f"{word}: {apart} {right}")


def blanks(model: str) -> None:
    """Print what stands in a blank."""
    print("\n## blanks: the hidden word and its rank, and what is likeliest")
    for text, hidden in BLANKS:
        _, rank = measures.filling(model, text, hidden, hidden)
        likeliest = ", ".join(f"{name} {share:.3f}" for name, share in measures.fillings(model, text, hidden))
        print(f"{text} {hidden} {rank:,}: {likeliest}")


def translations(model: str) -> None:
    """Print what the translator writes, and the heads that cross."""
    print("\n## translations")
    for text in TRANSLATED:
        print(f"{text} → {run(model, text).target_text}")
    for text, pairs in (*CROSSING, *OTHER_CROSSING):
        found = [f"{layer}.{head} ({least:.2f})" for (layer, head), least in measures.crossings(model, text, pairs)]
        print(f"{text} crossed by {', '.join(found) or 'none'}")


def words(model: str) -> None:
    """Print the nearest neighbours of some words."""
    print("\n## nearest in the vocabulary")
    for word in WORDS:
        try:
            near = measures.neighbours(model, word, N_SHOWN + 2)
        except ValueError:
            continue  # several tokens
        print(f"{word}: {', '.join(f'{name} {cosine:.2f}' for name, cosine in near)}")
    total = measures.near_sum(model, {"king": 1, "man": -1, "woman": 1}, N_SHOWN)
    print(f"king - man + woman: {', '.join(f'{name} {cosine:.2f}' for name, cosine in total)}\n")


def _heads(values: np.ndarray) -> str:
    best = measures.best_heads(values, N_SHOWN)
    return ", ".join(f"{layer}.{head} ({values[layer, head]:.2f})" for layer, head in best)


if __name__ == "__main__":
    main(sys.argv[1:] or [entry.name for entry in MODELS])
