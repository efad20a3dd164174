"""How well the encoder fills in a masked word of held-out text."""

import random
import re
from dataclasses import dataclass
from typing import Any

import torch

from headlight.model.training import heldout
from headlight.model.training.report import Table, percent

MOST_LINES = 200  # of a source
FEWEST_WORDS = 5
WORDS_OF_A_LINE = 2
LINES_AT_ONCE = 32
LINES_OF_A_SOURCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A line with one word masked, and the word."""

    ids: tuple[int, ...]
    place: int
    answer: int


def questions(tokenizer: Any, text: str) -> list[Question]:
    """Mask words of lines, one at a time: words of letters that are one token, drawn."""
    draw = random.Random(1)  # noqa: S311 -- a draw that can be repeated, not a secret
    lines = [line for line in text.split("\n") if len(line.split()) >= FEWEST_WORDS]
    draw.shuffle(lines)
    found: list[Question] = []
    for line in lines[:MOST_LINES]:
        ids = tokenizer(line, truncation=True)["input_ids"]
        tokens = tokenizer.convert_ids_to_tokens(ids)
        whole = [
            place
            for place in range(1, len(ids) - 1)
            if re.fullmatch(r"[a-z]+", tokens[place]) and not tokens[place + 1].startswith("##")
        ]
        for place in draw.sample(whole, min(WORDS_OF_A_LINE, len(whole))):
            masked = [*ids[:place], tokenizer.mask_token_id, *ids[place + 1 :]]
            found.append(Question(ids=tuple(masked), place=place, answer=ids[place]))
    return found


def ranks(module: Any, asked: list[Question]) -> list[int]:
    """Return for each question how many words the model found likelier than the right one."""
    order = sorted(range(len(asked)), key=lambda index: len(asked[index].ids))
    found = [0] * len(asked)
    for at in range(0, len(order), LINES_AT_ONCE):
        some = order[at : at + LINES_AT_ONCE]
        width = max(len(asked[index].ids) for index in some)
        ids = torch.zeros((len(some), width), dtype=torch.long)
        real = torch.zeros((len(some), width), dtype=torch.long)
        for row, index in enumerate(some):
            ids[row, : len(asked[index].ids)] = torch.tensor(asked[index].ids)
            real[row, : len(asked[index].ids)] = 1
        rows, places = torch.arange(len(some)), torch.tensor([asked[index].place for index in some])
        answers = torch.tensor([asked[index].answer for index in some])
        with torch.inference_mode():
            logits = module(input_ids=ids, attention_mask=real).logits[rows, places]  # (question, vocab)
        likelier = (logits > logits[rows, answers][:, None]).sum(-1).tolist()
        for index, rank in zip(some, likelier, strict=True):
            found[index] = rank
    return found


def table(module: Any, tokenizer: Any) -> Table:
    """Return top-1 and top-5 accuracy of every source, beside always guessing the most frequent word."""
    of_source = {source: questions(tokenizer, text) for source, text in heldout.texts().items()}
    every = [question for asked in of_source.values() for question in asked]
    answers = [question.answer for question in every]
    frequent = max(sorted(set(answers)), key=answers.count)
    rows = []
    pooled: list[int] = []
    for source, asked in of_source.items():
        found = ranks(module, asked)
        pooled += found
        rows.append(_row(source, found, asked, frequent))
    rows.append(_row("**all of these**", pooled, every, frequent))
    word = tokenizer.convert_ids_to_tokens(frequent)
    return Table(
        title="How well it fills in a masked word",
        columns=("source", "words asked", "top-1 %", "top-5 %", f"always “{word}” %"),
        rows=tuple(rows),
        note=(
            f"On held-out text: {MOST_LINES} lines of a source at most, {WORDS_OF_A_LINE} words of each, one masked at "
            "a time; only words that are one token. The last column: the most frequent word asked, guessed always."
        ),
    )


def on_the_mark(module: Any, tokenizer: Any) -> Table:
    """Return how much of their weight the heads of each layer put on [CLS]: what goes there reads no word."""
    shares = []
    for text in heldout.texts().values():
        for question in questions(tokenizer, text)[:LINES_OF_A_SOURCE]:
            with torch.inference_mode():
                layers = module(torch.tensor([question.ids]), output_attentions=True).attentions
            shares.append([float(weights[..., 0].mean()) for weights in layers])
    mean = torch.tensor(shares).mean(dim=0).tolist()
    return Table(
        title="How much of its attention goes to the opening mark",
        columns=("layer", "weight on [CLS], %"),
        rows=tuple((str(layer), percent(share)) for layer, share in enumerate(mean)),
        note=(
            f"The mean of all heads and tokens over {len(shares)} held-out lines. A head that looks at [CLS] reads no "
            "word: a layer in which nearly all do so works on each token alone."
        ),
    )


def _row(source: str, found: list[int], asked: list[Question], frequent: int) -> tuple[str, ...]:
    n_asked = len(asked)
    return (
        source,
        f"{n_asked:,}",
        percent(sum(rank < 1 for rank in found) / n_asked),
        percent(sum(rank < 5 for rank in found) / n_asked),
        percent(sum(question.answer == frequent for question in asked) / n_asked),
    )
