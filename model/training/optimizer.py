"""How the weights move: Muon for the matrices of the layers, AdamW for the rest, and one schedule for both."""

from typing import Any

import torch
from torch import nn

from headlight.model.training.recipes import Recipe


def optimizers(module: nn.Module, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon (Jordan 2024) over the layers' matrices and AdamW over embeddings, norms, biases and the head."""
    embeddings = {id(each.weight) for each in module.modules() if isinstance(each, nn.Embedding)}
    head = getattr(module, "get_output_embeddings", lambda: None)()
    if head is not None:
        embeddings.add(id(head.weight))
    moving = [weight for weight in module.parameters() if weight.requires_grad]
    matrices = [weight for weight in moving if weight.ndim == 2 and id(weight) not in embeddings]
    chosen = {id(weight) for weight in matrices}
    muon = torch.optim.Muon(matrices, lr=recipe.matrix_learning_rate, momentum=recipe.matrix_momentum, weight_decay=0.0)
    adam = torch.optim.AdamW(
        [weight for weight in moving if id(weight) not in chosen],
        lr=recipe.learning_rate,
        betas=recipe.betas,
        weight_decay=0.0,
        fused=True,
    )
    return [muon, adam]


def learning_rate_factor(recipe: Recipe, step: int, progress: float) -> float:
    """Return what both learning rates are multiplied by, at a step and after a share `progress` of the run."""
    warmup = min(1.0, (step + 1) / recipe.warmup_steps)
    decay = min(1.0, max(0.0, (1 - progress) / (1 - recipe.constant_share)))
    return warmup * decay


def set_factor(moving: list[torch.optim.Optimizer], recipe: Recipe, factor: float) -> None:
    """Multiply the recipe's learning rates by a factor."""
    rates: dict[type[Any], float] = {torch.optim.Muon: recipe.matrix_learning_rate}
    for optimizer in moving:
        for group in optimizer.param_groups:
            group["lr"] = factor * rates.get(type(optimizer), recipe.learning_rate)
