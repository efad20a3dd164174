"""The encoder's task: words are masked, and it says which they were (Devlin et al. 2019, section 3.1)."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional
from transformers import BertConfig, BertForMaskedLM

from headlight.model.training import text, vocabularies
from headlight.model.training.recipes import Encoder
from headlight.model.training.task import Batch, Task, trained

LONGEST_WAVE = 1000.0  # the base of the sinusoids: of 2017's 10,000 most waves would hardly move in 128 tokens


class Masking(Task):
    """Windows of running text between [CLS] and [SEP], some of their tokens hidden."""

    def __init__(self, recipe: Encoder, corpus: Path, tokenizer: Any | None, weights: Path | None, kept: Path) -> None:
        self.recipe = recipe
        if tokenizer is None:
            lines = text.lines_for_a_tokenizer(recipe, corpus)
            tokenizer = vocabularies.word_piece(lines, recipe.vocab_size, recipe.context)
        self.tokenizer = tokenizer
        self.module: Any = _module(recipe, tokenizer) if weights is None else trained(BertForMaskedLM, weights)
        self.module.set_attn_implementation("eager")  # the fastest of them for windows this short
        self._row = text.as_row(recipe, corpus, tokenizer, kept, between=tokenizer.sep_token_id, newline=[])
        self._ordinary = len(tokenizer.all_special_tokens)  # the first ID that is no special token

    def batch(self, step: int) -> Batch:
        draw = np.random.default_rng((self.recipe.seed, step))
        window = int(draw.choice(self.recipe.windows))
        ids = self._windows(draw, window)  # (example, window)
        ordinary = ids >= self._ordinary
        masked = ordinary & (draw.random(ids.shape) < self.recipe.masked_share)
        return Batch(
            inputs={
                "input_ids": torch.from_numpy(self._hide(draw, ids, masked)),
                "masked": torch.from_numpy(masked),
                "labels": torch.from_numpy(ids[masked]),  # (masked token,)
            },
            n_tokens=ids.size,
        )

    def loss(self, inputs: dict[str, Tensor]) -> Float[Tensor, ""]:
        hidden = self.module.bert(input_ids=inputs["input_ids"]).last_hidden_state  # (example, window, d_model)
        logits = self.module.cls(hidden[inputs["masked"]]).float()  # (masked token, vocab)
        return functional.cross_entropy(logits, inputs["labels"])

    def _windows(self, draw: np.random.Generator, window: int) -> Int[np.ndarray, "example window"]:
        """Draw windows; every second one begins where a line begins, as the sentence somebody types does."""
        row = self._row
        n_read = window - 2
        starts = draw.integers(0, len(row.ids) - n_read, size=self.recipe.batch_tokens // window)
        lines = row.lines[np.searchsorted(row.lines, starts, side="right") - 1]
        starts[::2] = np.minimum(lines[::2], len(row.ids) - n_read)
        ids = np.empty((len(starts), window), dtype=np.int64)
        ids[:, 0], ids[:, -1] = self.tokenizer.cls_token_id, self.tokenizer.sep_token_id
        ids[:, 1:-1] = row.ids[starts[:, None] + np.arange(n_read)]
        return ids

    def _hide(
        self,
        draw: np.random.Generator,
        ids: Int[np.ndarray, "example window"],
        masked: Bool[np.ndarray, "example window"],
    ) -> Int[np.ndarray, "example window"]:
        """Of the masked tokens, 80 % become [MASK], 10 % another token, 10 % stay."""
        hidden = ids.copy()
        lot = draw.random(ids.shape)
        hidden[masked & (lot < 0.8)] = self.tokenizer.mask_token_id
        other = masked & (lot >= 0.8) & (lot < 0.9)
        hidden[other] = draw.integers(self._ordinary, len(self.tokenizer), size=int(other.sum()))
        return hidden


def _module(recipe: Encoder, tokenizer: Any) -> Any:
    """Return a new model whose learned positions begin as the sinusoids of Vaswani et al. 2017, section 3.5.

    A masked word is foreseen by its neighbours, and heads find a neighbour by its position. From the small random
    vectors that BERT begins with, a run as short as ours never learns that and stays at the frequencies of words.
    """
    module: Any = BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.d_model,
            num_hidden_layers=recipe.n_layers,
            num_attention_heads=recipe.n_heads,
            intermediate_size=recipe.d_ff,
            max_position_embeddings=recipe.context,
            hidden_dropout_prob=recipe.dropout,
            attention_probs_dropout_prob=recipe.dropout,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    spread = recipe.d_model**-0.5  # of the tokens; the positions are given a little more
    with torch.no_grad():
        module.bert.embeddings.word_embeddings.weight.normal_(std=spread)
        angles = torch.arange(recipe.context)[:, None] * LONGEST_WAVE ** -torch.arange(0, 1, 2 / recipe.d_model)
        waves = torch.cat([angles.sin(), angles.cos()], dim=-1)  # (position, d_model)
        module.bert.embeddings.position_embeddings.weight.copy_(2 * spread * waves)
    return module
