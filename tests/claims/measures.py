"""What a preset can claim of a model, one function a measure, through the public `run` alone.

The tests of the presets use them, and `python -m tests.claims` prints them for any model, so that a claim is chosen
by what is measured.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from headlight.model import questions
from headlight.model.reading.tokens import spell
from headlight.model.run import run
from headlight.model.science.attention import softmax
from headlight.model.science.head_scores import ScoreName, Scores, chance_scores, head_scores
from headlight.model.trace import Attention, AttentionKind, Trace

Head = tuple[int, int]  # layer and head


def attention_of(trace: Trace, kind: AttentionKind) -> Attention:
    """Return the attention of a kind. Raises StopIteration when the model has none."""
    return next(each for each in trace.attentions if each.kind == kind)


def words_of(trace: Trace, axis: int = 0) -> list[str]:
    """Return the tokens of a stack as text, without the spaces around them."""
    return [spell(piece).strip("␣ ") for piece in trace.stacks[axis].pieces]


def scores_of_heads(trace: Trace, kind: AttentionKind) -> tuple[Scores, dict[ScoreName, float]]:
    """Return the scores of every head on the text of a trace, and what chance gives."""
    attention = attention_of(trace, kind)
    ids = None if kind == "cross" else trace.stack_of(kind, "query").ids
    seen = attention.visible
    return (
        head_scores(attention.weights, seen, ids, causal=attention.causal),
        chance_scores(seen, ids, causal=attention.causal),
    )


def mean_scores(
    model: str, texts: Sequence[str], kind: AttentionKind, name: ScoreName
) -> tuple[Float[np.ndarray, "layer head"], float]:
    """Return a score of every head as the mean of several texts, and the mean of what chance gives."""
    measured = [scores_of_heads(run(model, text), kind) for text in texts]
    kept = [(scores[name], chance[name]) for scores, chance in measured if name in scores]
    return np.mean([scores for scores, _ in kept], axis=0), float(np.mean([chance for _, chance in kept]))


def best_heads(scores: Float[np.ndarray, "layer head"], n: int = 3) -> list[Head]:
    """Return the heads with the largest scores, the largest first."""
    layers, heads = np.unravel_index(np.argsort(-scores, axis=None)[:n], scores.shape)
    return [(int(layer), int(head)) for layer, head in zip(layers, heads, strict=True)]


def next_tokens(model: str, text: str, n: int = 5) -> list[tuple[str, float]]:
    """Return the likeliest next tokens as they are spelled (␣: a space) and their probabilities."""
    trace = run(model, text)
    probabilities = _probabilities(trace)
    ids = np.argsort(-probabilities)[:n].tolist()
    return [
        (spell(piece), float(probabilities[at])) for at, piece in zip(ids, questions.pieces_of(trace, ids), strict=True)
    ]


def continuation(model: str, text: str, word: str, target: str | None = None) -> tuple[float, int]:
    """Return the probability that a word comes next, after a space, and its rank among all tokens, from 1: behind the
    text, or behind what the decoder of a translator reads.

    Raises ValueError when the word is more than one token.
    """
    trace = run(model, text, target)
    longer = run(model, f"{text} {word}") if target is None else run(model, text, f"{target} {word}")
    ids = longer.stacks[-1].ids
    if len(ids) != len(trace.stacks[-1].ids) + 1:
        raise ValueError(f"{word!r} is not one token of {model}")
    return _place(_probabilities(trace), int(ids[-1]))


def fillings(model: str, text: str, hidden: str, n: int = 5) -> list[tuple[str, float]]:
    """Return what a masked language model finds likeliest in place of a word of the text, and the probabilities."""
    trace, probabilities = _blank(model, text, hidden)
    ids = np.argsort(-probabilities)[:n].tolist()
    return [(name, float(probabilities[at])) for at, name in zip(ids, questions.names_of(trace, ids), strict=True)]


def filling(model: str, text: str, hidden: str, word: str) -> tuple[float, int]:
    """Return the probability of a word in place of a hidden one, and its rank.

    Raises ValueError when the word is more than one token.
    """
    trace, probabilities = _blank(model, text, hidden)
    (token_id,) = questions.words(trace, [word])[0].ids
    return _place(probabilities, token_id)


def _blank(model: str, text: str, hidden: str) -> tuple[Trace, Float[np.ndarray, " vocab"]]:
    trace = run(model, text)
    logits = questions.blank_logits(trace, words_of(trace).index(hidden))
    return trace, softmax(logits.astype(np.float64))


def _place(probabilities: Float[np.ndarray, " vocab"], token_id: int) -> tuple[float, int]:
    probability = probabilities[token_id]
    return float(probability), 1 + int((probabilities > probability).sum())


def _probabilities(trace: Trace) -> Float[np.ndarray, " vocab"]:
    if trace.logits is None:
        raise ValueError(f"{trace.model_name} predicts no next token")
    return softmax(trace.logits.astype(np.float64))


def copying(model: str, text: str) -> list[tuple[str, float, int]]:
    """Return, for a list given twice, each token of the second copy but its first: its probability and its rank.

    Raises ValueError when the text is no list given twice.
    """
    trace = run(model, text)
    words = words_of(trace)
    typed = [at for at, added in enumerate(trace.stacks[0].special) if not added]
    first, second = typed[: len(typed) // 2], typed[len(typed) // 2 :]
    if [words[at] for at in first] != [words[at] for at in second]:
        raise ValueError(f"{text!r} is no list given twice")
    scores = questions.token_scores(trace)
    return [(words[at], float(scores.probability[at]), int(scores.rank[at])) for at in second[1:]]


def separation(
    model: str, frames: Sequence[Sequence[str]], word: str
) -> tuple[Float[np.ndarray, " depth"], Float[np.ndarray, " depth"]]:
    """Return how far the senses of a word lie apart at each depth, and how often the nearest sense is the right one.

    `frames` has one list of sentences for each sense. The first: mean cosine within a sense less mean cosine between
    senses, of the hidden states of the word's last occurrence, less their mean. The second: how often a sentence lies
    nearer to the mean of its own sense than to the other's, itself left out; 0.5 is chance for two senses.
    """
    vectors = np.concatenate([[_state_of(model, text, word) for text in texts] for texts in frames])
    senses = np.repeat(np.arange(len(frames)), [len(texts) for texts in frames])
    same = senses[:, None] == senses[None, :]
    others = ~np.eye(len(senses), dtype=bool)
    apart, right = [], []
    for states in vectors.transpose(1, 0, 2):  # (text, d_model)
        centred = states - states.mean(axis=0)
        lengths = np.linalg.norm(centred, axis=1, keepdims=True)
        if lengths.max() < 1e-6 * np.linalg.norm(states, axis=1).max():  # every occurrence is the same vector
            apart.append(0.0)
            right.append(1 / len(frames))
            continue
        unit = centred / lengths
        cosines = unit @ unit.T
        apart.append(float(cosines[same & others].mean() - cosines[~same].mean()))
        hits = []
        for at, sense in enumerate(senses):
            rest = np.arange(len(senses)) != at
            means = np.stack([states[rest & (senses == each)].mean(axis=0) for each in range(len(frames))])
            hits.append(np.linalg.norm(means - states[at], axis=1).argmin() == sense)
        right.append(float(np.mean(hits)))
    return np.array(apart), np.array(right)


def _state_of(model: str, text: str, word: str) -> Float[np.ndarray, "depth d_model"]:
    trace = run(model, text)
    place = max(at for at, each in enumerate(words_of(trace)) if each.lower() == word)
    return trace.stacks[0].hidden_states[:, place]


def angles_between(model: str, text: str, word: str) -> Float[np.ndarray, " depth"]:
    """Return the angle in degrees between the first and the last occurrence of a word, at each depth."""
    trace = run(model, text)
    places = [at for at, each in enumerate(words_of(trace)) if each.lower() == word]
    first, last = (trace.stacks[0].hidden_states[:, at].astype(np.float64) for at in (places[0], places[-1]))
    cosines = (first * last).sum(axis=-1) / np.linalg.norm(first, axis=-1) / np.linalg.norm(last, axis=-1)
    angles: np.ndarray = np.degrees(np.arccos(cosines.clip(-1, 1)))
    return angles


def crossings(
    model: str, text: str, pairs: Sequence[tuple[str, str]], target: str | None = None
) -> list[tuple[Head, float]]:
    """Return the heads of cross-attention that read most from the right English word to write each Spanish one.

    `pairs` are (English, Spanish). With each head stands the smallest of its weights there; the largest come first.
    There are none when the decoder, which reads `target` or what the model writes itself, does not have these words.
    """
    trace = run(model, text, target)
    read, wrote = words_of(trace, 0), words_of(trace, 1)
    if not all(english in read and spanish in wrote[1:] for english, spanish in pairs):
        return []
    rows = [wrote.index(spanish, 1) - 1 for _, spanish in pairs]  # row t of cross-attention writes token t + 1
    columns = [read.index(english) for english, _ in pairs]
    weights = attention_of(trace, "cross").weights[:, :, rows]  # (layer, head, pair, key)
    right = (weights.argmax(axis=-1) == columns).all(axis=-1)
    least = weights[:, :, np.arange(len(pairs)), columns].min(axis=-1)
    found = [((int(layer), int(head)), float(least[layer, head])) for layer, head in np.argwhere(right)]
    return sorted(found, key=lambda each: -each[1])


def neighbours(model: str, word: str, n: int) -> list[tuple[str, float]]:
    """Return the tokens of the vocabulary with the largest cosine to a word's, itself left out, and the cosines.

    Raises ValueError when the word is more than one token.
    """
    trace = run(model, word)
    (found,) = questions.words(trace, [word])
    (token_id,) = found.ids
    return _nearest(trace, found.vector, n, without=(token_id,))


def near_sum(model: str, terms: Mapping[str, int], n: int) -> list[tuple[str, float]]:
    """Return the tokens of the vocabulary with the largest cosine to a sum of words, and the cosines. Each word with
    its sign; one of several tokens counts as their mean, as on the Embeddings page.
    """
    trace = run(model, " ".join(terms))
    parts = [sign * word.vector for sign, word in zip(terms.values(), questions.words(trace, list(terms)), strict=True)]
    return _nearest(trace, np.sum(parts, axis=0), n)


def _nearest(
    trace: Trace, vector: Float[np.ndarray, " d_model"], n: int, without: tuple[int, ...] = ()
) -> list[tuple[str, float]]:
    near = questions.neighbours(trace, vector, n, without=without)
    pieces = questions.pieces_of(trace, near.ids.tolist())
    return [(spell(piece), float(cosine)) for cosine, piece in zip(near.cosines, pieces, strict=True)]
