"""How well the translator translates held-out sentences, and whether its cross-attention can be seen to cross."""

from typing import Any

import torch
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from headlight.model.training import heldout
from headlight.model.training.report import Table

MOST_WRITTEN = 64
SENTENCES_AT_ONCE = 50
EXAMPLES = (
    "The black cat sleeps.",
    "I have a black cat.",
    "I don't know where my keys are.",
    "The teacher taught the students with the book.",
    "My sister bought a red car yesterday.",
    "Where is the bank?",
)
CROSSING = EXAMPLES[:2]  # in English the colour stands before the cat, in Spanish behind it


def translate(module: Any, tokenizer: Any, sentences: list[str], *, beams: int) -> list[str]:
    """Return a translation of every sentence: the likeliest token at every step, or the best of some beams."""
    order = sorted(range(len(sentences)), key=lambda index: len(sentences[index]))
    written = [""] * len(sentences)
    for at in range(0, len(order), SENTENCES_AT_ONCE):
        some = order[at : at + SENTENCES_AT_ONCE]
        inputs = tokenizer([sentences[index] for index in some], return_tensors="pt", padding=True, truncation=True)
        with torch.inference_mode():
            ids = module.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                num_beams=beams,
                do_sample=False,
                max_new_tokens=MOST_WRITTEN,
                suppress_tokens=[tokenizer.pad_token_id],
            )
        for index, text in zip(some, tokenizer.batch_decode(ids, skip_special_tokens=True), strict=True):
            written[index] = text
    return written


def scores(module: Any, tokenizer: Any) -> Table:
    """Return sacreBLEU and chrF on the held-out pairs, greedy and with four beams."""
    pairs = heldout.pairs()
    spanish = [[right for _, right in pairs]]
    rows = []
    for name, beams in (("greedy", 1), ("beam search, 4 beams", 4)):
        written = translate(module, tokenizer, [english for english, _ in pairs], beams=beams)
        bleu, chrf = BLEU(), CHRF()
        rows.append(
            (
                name,
                f"{bleu.corpus_score(written, spanish).score:.1f}",
                f"{chrf.corpus_score(written, spanish).score:.1f}",
            )
        )
    return Table(
        title="How well it translates",
        columns=("way of writing", "BLEU", "chrF"),
        rows=tuple(rows),
        note=(
            f"On {len(pairs):,} held-out pairs whose English occurs nowhere in training; sacreBLEU with its own "
            "defaults. Each sentence has one right translation here, so an equally good one in other words counts as "
            "wrong."
        ),
    )


def examples(module: Any, tokenizer: Any) -> Table:
    """Return what the model makes of a few sentences nobody chose for it."""
    written = translate(module, tokenizer, list(EXAMPLES), beams=1)
    crossing = (
        f"in “{sentence}” "
        + (", ".join(f"{layer}.{head}" for layer, head in crossing_heads(module, tokenizer, sentence)) or "none")
        for sentence in CROSSING
    )
    return Table(
        title="Examples",
        columns=("English", "it writes"),
        rows=tuple(zip(EXAMPLES, written, strict=True)),
        note=(
            "Greedy. Heads of cross-attention (layer.head) that look most at “cat” to write “gato” and at “black” to "
            f"write “negro”: {'; '.join(crossing)}."
        ),
    )


def crossing_heads(module: Any, tokenizer: Any, sentence: str) -> list[tuple[int, int]]:
    """Return the heads of cross-attention that look most at "cat" to write "gato" and at "black" to write "negro".

    There are none when the model writes something else.
    """
    black, cat, gato, negro = "▁black", "▁cat", "▁gato", "▁negro"
    source = tokenizer(sentence, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        written = module.generate(input_ids=source, num_beams=1, do_sample=False, max_new_tokens=MOST_WRITTEN)
        output = module(input_ids=source, decoder_input_ids=written, output_attentions=True)
    read, wrote = (tokenizer.convert_ids_to_tokens(row.tolist()) for row in (source[0], written[0]))
    if not {black, cat} <= set(read) or not {gato, negro} <= set(wrote):
        return []
    # Row t of cross-attention writes token t + 1.
    writes_gato, writes_negro = wrote.index(gato) - 1, wrote.index(negro) - 1
    reads_black, reads_cat = read.index(black), read.index(cat)
    found = []
    for layer, weights in enumerate(output.cross_attentions):  # (1, head, target, source)
        for head, rows in enumerate(weights[0]):
            chosen = rows.argmax(-1)
            if chosen[writes_gato] == reads_cat and chosen[writes_negro] == reads_black:
                found.append((layer, head))
    return found
