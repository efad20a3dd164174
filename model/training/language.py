"""The task of the decoder and of the recurrent model: foresee the next token of running text."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel

from headlight.model.families.recurrent import LSTMConfig, LSTMForCausalLM
from headlight.model.training import text, vocabularies
from headlight.model.training.copying import repeat_passages
from headlight.model.training.recipes import Decoder, Recurrent
from headlight.model.training.task import Batch, Task, trained


class Language(Task):
    """Windows drawn anywhere in the training text; in some of them a passage comes twice."""

    def __init__(
        self, recipe: Decoder | Recurrent, corpus: Path, tokenizer: Any | None, weights: Path | None, kept: Path
    ) -> None:
        self.recipe = recipe
        if tokenizer is None:
            lines = text.lines_for_a_tokenizer(recipe, corpus)
            tokenizer = vocabularies.byte_level(lines, recipe.vocab_size, recipe.context)
        self.tokenizer = tokenizer
        if weights is not None:
            self.module: Any = trained(AutoModelForCausalLM, weights)
        else:
            self.module = _gpt2(recipe, tokenizer) if isinstance(recipe, Decoder) else _lstm(recipe, tokenizer)
        newline = tokenizer("\n", add_special_tokens=False)["input_ids"]
        self._row = text.as_row(recipe, corpus, tokenizer, kept, between=tokenizer.bos_token_id, newline=newline)

    def batch(self, step: int) -> Batch:
        draw = np.random.default_rng((self.recipe.seed, step))
        window, ids = self.recipe.window, self._row.ids
        starts = draw.integers(0, len(ids) - window, size=self.recipe.batch_tokens // window)
        windows = ids[starts[:, None] + np.arange(window + 1)].astype(np.int64)  # (example, window + 1)
        repeat_passages(windows, self.recipe.copied_share, draw)
        given = torch.from_numpy(windows)
        return Batch(
            inputs={"input_ids": given[:, :-1].contiguous(), "labels": given[:, 1:].contiguous()},
            n_tokens=len(starts) * window,
        )

    def loss(self, inputs: dict[str, Tensor]) -> Float[Tensor, ""]:
        logits = self.module(input_ids=inputs["input_ids"]).logits  # (example, window, vocab)
        return functional.cross_entropy(logits.flatten(0, 1).float(), inputs["labels"].flatten())


def _gpt2(recipe: Decoder, tokenizer: Any) -> Any:
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=recipe.context,
            n_embd=recipe.d_model,
            n_layer=recipe.n_layers,
            n_head=recipe.n_heads,
            n_inner=recipe.d_ff,
            activation_function="gelu_pytorch_tanh",
            resid_pdrop=recipe.dropout,
            embd_pdrop=recipe.dropout,
            attn_pdrop=recipe.dropout,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def _lstm(recipe: Recurrent, tokenizer: Any) -> Any:
    return LSTMForCausalLM(
        LSTMConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.d_model,
            num_hidden_layers=recipe.n_layers,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
