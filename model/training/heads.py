"""What the decoder's heads do on random tokens given twice, and whether a model can go on with the second copy."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Int

from headlight.model.science.attention import visible_cells
from headlight.model.science.head_scores import ScoreName, chance_scores, head_scores
from headlight.model.training.report import Table, percent

N_RANDOM = 20  # tokens, given twice behind the token that opens a text
N_DRAWS = 20
NAMES: dict[ScoreName, str] = {
    "previous": "the token before",
    "duplicate": "the same token earlier",
    "induction": "the token after the same token earlier",
    "first": "the first token",
}
N_BEST = 3


def repeated(tokenizer: Any) -> Iterator[Int[np.ndarray, " token"]]:
    """Yield N_DRAWS rows of IDs: the opening token, then N_RANDOM different random ones, twice."""
    draw = np.random.default_rng(1)
    special = set(tokenizer.all_special_ids)
    ordinary = [each for each in range(len(tokenizer)) if each not in special]
    for _ in range(N_DRAWS):
        once = draw.choice(ordinary, size=N_RANDOM, replace=False)
        yield np.array([tokenizer.bos_token_id, *once, *once])


def scores(module: Any, tokenizer: Any) -> Table:
    """Return, for each pattern, the heads that follow it most, and what looking at all tokens alike would give."""
    found: dict[ScoreName, list[np.ndarray]] = {name: [] for name in NAMES}
    chance: dict[ScoreName, list[float]] = {name: [] for name in NAMES}
    for ids in repeated(tokenizer):
        with torch.inference_mode():
            layers = module(torch.from_numpy(ids)[None], output_attentions=True).attentions
        weights = torch.stack([layer[0] for layer in layers]).numpy()  # (layer, head, query, key)
        seen = np.broadcast_to(visible_cells(len(ids), len(ids), causal=True), (len(weights), len(ids), len(ids)))
        of_heads = head_scores(weights, seen, ids, causal=True)
        uniform = chance_scores(seen, ids, causal=True)
        for name in NAMES:
            found[name].append(of_heads[name])
            chance[name].append(uniform[name])
    rows = []
    for name, pattern in NAMES.items():
        mean = np.mean(found[name], axis=0)  # (layer, head)
        best = np.argsort(-mean, axis=None)[:N_BEST]
        places = [divmod(int(each), mean.shape[1]) for each in best]
        spelled = [f"{layer}.{head} ({mean[layer, head]:.2f})" for layer, head in places]
        rows.append((pattern, *spelled, f"{np.mean(chance[name]):.2f}"))
    return Table(
        title="What its heads look at",
        columns=("share of a head's weight on", "best head", "second", "third", "chance"),
        rows=tuple(rows),
        note=(
            f"{N_RANDOM} random tokens given twice, the mean of {N_DRAWS} draws, over the tokens that could look "
            "there. 3.1 (0.50): layer 3, head 1 puts half of its weight there. Chance: looking at all tokens alike."
        ),
    )


def copying(module: Any, tokenizer: Any) -> float:
    """Return how often the likeliest next token is right in the second copy, from its second token on; 0 to 1."""
    right = []
    for ids in repeated(tokenizer):
        with torch.inference_mode():
            guessed = module(torch.from_numpy(ids)[None]).logits[0].argmax(-1).numpy()  # (token,)
        second = np.arange(N_RANDOM + 2, len(ids))  # the first of the copy cannot be known
        right.append(guessed[second - 1] == ids[second])
    return float(np.mean(right))


def copying_table(modules: dict[str, Any], tokenizer: Any) -> Table:
    """Return `copying` of named models that share a tokenizer, beside what chance gives."""
    return Table(
        title="Copying",
        columns=("first choice on the second copy of random tokens", "right %"),
        rows=(
            *((name, percent(copying(module, tokenizer))) for name, module in modules.items()),
            ("chance", f"{100 / len(tokenizer):.2f}"),
        ),
        note=f"{N_RANDOM} random tokens given twice, {N_DRAWS} draws; from the second token of the second copy on.",
    )
