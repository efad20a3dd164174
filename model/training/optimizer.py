"""How the weights move: Muon for the matrices of the layers, AdamW for the rest, and one schedule for both."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from headlight.model.training.recipes import Recipe


class Muon(torch.optim.Muon):
    """torch's Muon (Jordan 2024), its iteration in a type that can be chosen: torch's is in bfloat16 everywhere.

    In bfloat16 both move the weights alike, bit for bit.
    """

    def __init__(self, matrices: list[nn.Parameter], *, iterated_in: torch.dtype, **options: Any) -> None:
        super().__init__(matrices, **options)
        self._iterated_in = iterated_in

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix that has a gradient."""
        assert closure is None
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if not state:
                    state["momentum_buffer"] = torch.zeros_like(matrix)
                mean = state["momentum_buffer"].lerp_(matrix.grad, 1 - group["momentum"])
                ahead = matrix.grad.lerp(mean, group["momentum"])  # Nesterov's
                direction = orthogonal(
                    ahead.to(self._iterated_in), group["ns_coefficients"], group["ns_steps"], group["eps"]
                )
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                n_rows, n_columns = matrix.shape
                matrix.add_(direction, alpha=-group["lr"] * math.sqrt(max(1, n_rows / n_columns)))


def orthogonal(
    matrix: Float[Tensor, "row column"], coefficients: tuple[float, float, float], n_steps: int, least: float
) -> Float[Tensor, "row column"]:
    """Return a matrix with the same singular vectors and all singular values near 1: Newton and Schulz's iteration.

    With Jordan's coefficients five steps bring them between 0.7 and 1.2, which serves as well as 1.
    """
    wide = matrix if len(matrix) <= matrix.shape[1] else matrix.T
    wide = wide / wide.norm().clamp(min=least)
    first, third, fifth = coefficients
    for _ in range(n_steps):
        gram = wide @ wide.T  # (shorter side, shorter side)
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=third, alpha=fifth), wide, beta=first)
    return wide if len(matrix) <= matrix.shape[1] else wide.T


def optimizers(module: nn.Module, recipe: Recipe, iterated_in: torch.dtype) -> list[torch.optim.Optimizer]:
    """Return Muon over the layers' matrices and AdamW over embeddings, norms, biases and the head."""
    embeddings = {id(each.weight) for each in module.modules() if isinstance(each, nn.Embedding)}
    head = getattr(module, "get_output_embeddings", lambda: None)()
    if head is not None:
        embeddings.add(id(head.weight))
    moving = [weight for weight in module.parameters() if weight.requires_grad]
    matrices = [weight for weight in moving if weight.ndim == 2 and id(weight) not in embeddings]
    chosen = {id(weight) for weight in matrices}
    muon = Muon(
        matrices,
        iterated_in=iterated_in,
        lr=recipe.matrix_learning_rate,
        momentum=recipe.matrix_momentum,
        weight_decay=recipe.matrix_weight_decay,
    )
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
    rates: dict[type[Any], float] = {Muon: recipe.matrix_learning_rate}
    for optimizer in moving:
        for group in optimizer.param_groups:
            group["lr"] = factor * rates.get(type(optimizer), recipe.learning_rate)
