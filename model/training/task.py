"""What the trainer must know of a recipe's task: its model, its tokenizer, its batches and its loss."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batch:
    """The input of one step. `n_tokens` is what counts as seen: every real token the model reads, no padding."""

    inputs: dict[str, Tensor]
    n_tokens: int


class Task(ABC):
    """One recipe made ready to train on one corpus."""

    tokenizer: Any
    module: Any  # a transformers PreTrainedModel, float32

    @abstractmethod
    def batch(self, step: int) -> Batch:
        """Return the input of a step. It depends on the recipe's seed and the step alone, so a run can go on."""

    @abstractmethod
    def loss(self, inputs: dict[str, Tensor]) -> Float[Tensor, ""]:
        """Return the mean loss in nats a token."""


def trained(auto: Any, folder: Path) -> Any:
    """Return the model that a run goes on from: weights are kept in half precision and moved in float32."""
    return auto.from_pretrained(folder, dtype=torch.float32, use_safetensors=True, local_files_only=True)
