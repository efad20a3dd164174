"""How well a language model foresees held-out text: bits per byte, perplexity, first choice, first five."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch.nn import functional

from headlight.model.reading.tokens import speller
from headlight.model.training import heldout
from headlight.model.training.report import Table, percent

WINDOW = 256  # tokens the model reads at once; the first of them is foreseen by nobody
MOST_TOKENS = 60_000  # of a source
WINDOWS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeldOut:
    """The held-out text of one source as tokens, and which of them are to be foreseen."""

    source: str
    ids: Int[np.ndarray, " token"]
    asked: Int[np.ndarray, " position"]  # neither the first of a window nor the mark between documents
    n_bytes: int  # of the text the asked tokens stand for


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Foreseen:
    """What a model gave to the asked tokens."""

    nats: Float[np.ndarray, " position"]  # the negative logarithm of the probability
    rank: Int[np.ndarray, " position"] | None  # how many tokens were likelier; None: not worked out


def held_out(tokenizer: Any) -> list[HeldOut]:
    """Return the held-out texts as the tokenizer of a bundled language model reads them."""
    spell = speller(tokenizer)
    n_bytes = np.array([len(spell(token)) for token in tokenizer.convert_ids_to_tokens(range(len(tokenizer)))])
    found = []
    for source, text in heldout.texts().items():
        documents = [document.strip("\n") for document in text.split("\n\n") if document.strip()]
        rows = tokenizer(documents)["input_ids"]
        ids = np.array([token for row in rows for token in row][:MOST_TOKENS])
        positions = np.arange(len(ids))
        asked = positions[(positions % WINDOW != 0) & (ids != tokenizer.bos_token_id)]
        found.append(HeldOut(source=source, ids=ids, asked=asked, n_bytes=int(n_bytes[ids[asked]].sum())))
    return found


def foresee(module: Any, text: HeldOut) -> Foreseen:
    """Let a causal model read the windows of a text; its memory is empty at the start of each."""
    nats, rank = np.zeros(len(text.ids)), np.zeros(len(text.ids), dtype=np.int64)
    windows = torch.split(torch.from_numpy(text.ids), WINDOW)
    whole = [each for each in windows if len(each) == WINDOW]
    batches = [torch.stack(whole[at : at + WINDOWS_AT_ONCE]) for at in range(0, len(whole), WINDOWS_AT_ONCE)]
    batches += [each[None] for each in windows if 1 < len(each) < WINDOW]
    at = 0
    with torch.inference_mode():
        for ids in batches:  # (window, token)
            logits = functional.log_softmax(module(input_ids=ids).logits[:, :-1], dim=-1)  # (window, token - 1, vocab)
            given = logits.gather(-1, ids[:, 1:, None])  # (window, token - 1, 1)
            likelier = (logits > given).sum(-1)
            for row in range(len(ids)):
                nats[at + 1 : at + ids.shape[1]] = -given[row, :, 0].double().numpy()
                rank[at + 1 : at + ids.shape[1]] = likelier[row].numpy()
                at += ids.shape[1]
    return Foreseen(nats=nats[text.asked], rank=rank[text.asked])


def row(name: str, texts: list[HeldOut], results: list[Foreseen]) -> tuple[str, ...]:
    """Return a table's row: name, bits per byte, perplexity, top-1 and top-5 over all of some texts."""
    nats = np.concatenate([result.nats for result in results])
    bits = nats.sum() / math.log(2) / sum(text.n_bytes for text in texts)
    ranks = [result.rank for result in results if result.rank is not None]
    top = ("–", "–")
    if ranks:
        rank = np.concatenate(ranks)
        top = (percent(float((rank < 1).mean())), percent(float((rank < 5).mean())))
    return (name, f"{bits:.3f}", f"{math.exp(nats.mean()):.1f}", *top)


def per_source(texts: list[HeldOut], results: list[Foreseen]) -> Table:
    """Return one row for every source, and one for all of them."""
    rows = [row(text.source, [text], [result]) for text, result in zip(texts, results, strict=True)]
    return Table(
        title="How well it foresees text",
        columns=("source", "bits per byte", "perplexity per token", "top-1 %", "top-5 %"),
        rows=(*rows, row("**all of these**", texts, results)),
        note=(
            f"On held-out text, in windows of {WINDOW} tokens, the first {MOST_TOKENS:,} tokens of a source at most. "
            "Perplexity: it hesitates between so many equally probable tokens, on average. Top-1 and top-5: how often "
            "the right token is its first choice, or among its first five."
        ),
    )
