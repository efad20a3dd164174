"""Our Muon beside torch's."""

from typing import Any

import pytest
import torch
from torch import nn

from headlight.model.training.optimizer import Muon, orthogonal

SHAPES = [(5, 5), (4, 12), (12, 4), (96, 24)]
OPTIONS: dict[str, Any] = {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def moved(optimizer: type[torch.optim.Optimizer], n_steps: int, **options: Any) -> list[nn.Parameter]:
    """Return matrices after some steps along random gradients, always the same."""
    draw = torch.Generator().manual_seed(2)
    matrices = [nn.Parameter(torch.randn(shape, generator=draw)) for shape in SHAPES]
    moving = optimizer(matrices, **OPTIONS, **options)
    for _ in range(n_steps):
        for matrix in matrices:
            matrix.grad = torch.randn(matrix.shape, generator=draw)
        moving.step()
    return matrices


def test_in_bfloat16_it_moves_every_matrix_as_torchs_does() -> None:
    for ours, theirs in zip(moved(Muon, 5, iterated_in=torch.bfloat16), moved(torch.optim.Muon, 5), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_in_float32_it_moves_every_matrix_as_torchs_does_but_for_the_rounding() -> None:
    for ours, theirs in zip(moved(Muon, 1, iterated_in=torch.float32), moved(torch.optim.Muon, 1), strict=True):
        step = OPTIONS["lr"] * max(1, len(ours) / ours.shape[1]) ** 0.5
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0.05 * step)  # bfloat16 has 8 bits
        assert not torch.equal(ours, theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_iteration_keeps_singular_vectors_and_brings_values_near_one(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ orthogonal(matrix, COEFFICIENTS, 5, 1e-7) @ right.T
    values = inside.diagonal()
    torch.testing.assert_close(inside, values.diag(), rtol=0, atol=1e-9)
    assert float(values.min()) > 0.5
    assert float(values.max()) < 1.3


def test_without_a_gradient_a_matrix_stays_and_with_none_but_decay_it_shrinks() -> None:
    still, shrinking = nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(2, 3))
    shrinking.grad = torch.zeros(2, 3)
    Muon([still, shrinking], iterated_in=torch.float32, **OPTIONS).step()
    torch.testing.assert_close(still.detach(), torch.ones(2, 3), rtol=0, atol=0)
    torch.testing.assert_close(shrinking.detach(), torch.full((2, 3), 1 - 0.02 * 0.1))
