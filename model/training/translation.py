"""The translator's task: English in, Spanish out, from sentence pairs."""

import random
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional
from transformers import MarianConfig, MarianMTModel

from headlight.model.training import heldout, practice, vocabularies
from headlight.model.training.recipes import Translator
from headlight.model.training.task import Batch, Task, trained

PAIRS_FILE = "en-es.tsv.xz"


class Translation(Task):
    """Pairs of about equal length side by side, so that little of a batch is padding."""

    def __init__(self, recipe: Translator, corpus: Path, tokenizer: Any | None, weights: Path | None) -> None:
        self.recipe = recipe
        made = practice.pairs(recipe.n_practice, recipe.seed)
        pairs = heldout.training_pairs([*heldout.read_pairs(corpus / PAIRS_FILE), *made], heldout.pairs())
        if tokenizer is None:
            sentences = [sentence for pair in pairs for sentence in pair]
            tokenizer = vocabularies.unigram(sentences, recipe.vocab_size, recipe.context)
        self.tokenizer = tokenizer
        self.module: Any = _module(recipe, tokenizer) if weights is None else trained(MarianMTModel, weights)
        self.module.set_attn_implementation("eager")  # the fastest of them for sentences of ten tokens
        english = tokenizer([pair[0] for pair in pairs], truncation=True)["input_ids"]
        spanish = tokenizer([pair[1] for pair in pairs], truncation=True)["input_ids"]
        self._pairs: list[tuple[list[int], list[int]]] = list(zip(english, spanish, strict=True))
        self._epoch = -1
        self._batches: list[list[int]] = []
        self._starts = [0]  # the first step of every epoch known so far

    def batch(self, step: int) -> Batch:
        while step >= self._starts[-1] or self._epoch < 0:
            self._open_epoch(self._epoch + 1)
            self._starts.append(self._starts[-1] + len(self._batches))
        rows = [self._pairs[index] for index in self._batches[step - self._starts[-2]]]
        start = pad = self.tokenizer.pad_token_id  # the decoder begins with padding, as Marian's does
        source = _padded([english for english, _ in rows], pad)  # (pair, source)
        return Batch(
            inputs={
                "input_ids": source,
                "attention_mask": source.ne(pad).long(),
                "decoder_input_ids": _padded([[start, *spanish[:-1]] for _, spanish in rows], pad),  # (pair, target)
                "labels": _padded([spanish for _, spanish in rows], pad),
            },
            n_tokens=sum(len(english) + len(spanish) for english, spanish in rows),
        )

    def loss(self, inputs: dict[str, Tensor]) -> Float[Tensor, ""]:
        labels = inputs.pop("labels")
        output = self.module.model(**inputs, use_cache=False)
        real = labels.flatten() != self.module.config.pad_token_id
        hidden = output.last_hidden_state.flatten(0, 1)[real]  # (token, d_model): no logits for padding
        logits = self.module.lm_head(hidden).float()  # (token, vocab)
        return functional.cross_entropy(logits, labels.flatten()[real], label_smoothing=self.recipe.label_smoothing)

    def _open_epoch(self, epoch: int) -> None:
        """Cut the pairs into batches: shuffled, then sorted by length, cut, and the batches shuffled."""
        draw = random.Random(f"{self.recipe.seed} {epoch}")  # noqa: S311 -- an order that can be repeated
        order = list(range(len(self._pairs)))
        draw.shuffle(order)
        order.sort(key=lambda index: (len(self._pairs[index][1]), len(self._pairs[index][0])))
        self._batches = [[]]
        longest = 0
        for index in order:
            longest = max(longest, *map(len, self._pairs[index]))
            if longest * (len(self._batches[-1]) + 1) > self.recipe.batch_tokens and self._batches[-1]:
                self._batches.append([])
                longest = max(map(len, self._pairs[index]))
            self._batches[-1].append(index)
        draw.shuffle(self._batches)
        self._epoch = epoch


def _module(recipe: Translator, tokenizer: Any) -> Any:
    return MarianMTModel(
        MarianConfig(
            vocab_size=len(tokenizer),
            d_model=recipe.d_model,
            encoder_layers=recipe.n_layers,
            decoder_layers=recipe.n_decoder_layers,
            encoder_attention_heads=recipe.n_heads,
            decoder_attention_heads=recipe.n_heads,
            encoder_ffn_dim=recipe.d_ff,
            decoder_ffn_dim=recipe.d_ff,
            activation_function="relu",
            dropout=recipe.dropout,
            max_position_embeddings=recipe.context,
            scale_embedding=True,  # times sqrt(d_model), as in Vaswani et al. 2017, section 3.4
            init_std=recipe.d_model**-0.5,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            forced_eos_token_id=None,
            decoder_start_token_id=tokenizer.pad_token_id,
        )
    )


def _padded(rows: list[list[int]], pad: int) -> Int[Tensor, "row token"]:
    width = max(map(len, rows))
    return torch.tensor([row + [pad] * (width - len(row)) for row in rows])
