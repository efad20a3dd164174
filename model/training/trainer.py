"""The training loop: the same for every recipe."""

import csv
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from tqdm import tqdm

from headlight.model.training import checkpoint, curve, precision
from headlight.model.training.checkpoint import Progress
from headlight.model.training.optimizer import learning_rate_factor, optimizers, set_factor
from headlight.model.training.precision import TYPES, Precision
from headlight.model.training.recipes import Recipe
from headlight.model.training.task import Task

CHECKPOINT = "checkpoint.safetensors"
LOG = "loss.csv"
LOG_EVERY_STEPS = 10
SAVE_EVERY_SECONDS = 120.0
SNAPSHOTS_FOLDER = "snapshots"
SNAPSHOTS_APART = 2.5  # each has seen so many times the tokens of the one before; the last is the end of the run


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When a run ends: after so many minutes of work, or so many steps. One of the two."""

    minutes: float | None = None
    steps: int | None = None

    def share(self, progress: Progress) -> float:
        """Return the share of the run that is done, from 0 to 1."""
        if self.steps is not None:
            return min(1.0, progress.step / self.steps) if self.steps else 1.0
        assert self.minutes is not None
        return min(1.0, progress.seconds / (60 * self.minutes)) if self.minutes else 1.0


class LogLine(NamedTuple):
    """One line of the log. `loss` is the mean of the steps since the line before, in nats."""

    step: int
    tokens: int
    seconds: float
    loss: float


class Clock:
    """Seconds of work: a step counts as three times the usual one at most, so a process that was stopped loses none."""

    def __init__(self) -> None:
        self._usual: float | None = None
        self._last = time.monotonic()

    def lap(self) -> float:
        """Return the seconds of work since the last lap."""
        now = time.monotonic()
        passed, self._last = now - self._last, now
        if self._usual is None:
            self._usual = passed
        counted = min(passed, 3 * self._usual)
        self._usual += 0.1 * (counted - self._usual)
        return counted


def train(task: Task, recipe: Recipe, out: Path, budget: Budget, *, device: str, commit: str) -> Progress:
    """Train until the budget is spent, from the last checkpoint in `out` when there is one.

    Every step seeds its own randomness, so a run that was killed and goes on equals one that was not. Writes
    `loss.csv`, `loss.svg`, the checkpoint, and below `snapshots/` the weights at some numbers of tokens.
    """
    module: nn.Module = task.module.to(device).train()
    path = out / CHECKPOINT
    progress = checkpoint.read_progress(path) if path.exists() else Progress()
    chosen = precision.choose(recipe, device, *progress.precisions[-1:])
    moving = optimizers(module, recipe, TYPES[chosen.muon])
    if path.exists():
        checkpoint.restore(path, module, moving)
    if budget.share(progress) < 1 and progress.commits[-1:] != (commit,):
        progress.commits = (*progress.commits, commit)
    if budget.share(progress) < 1 and progress.precisions[-1:] != (chosen,):
        progress.precisions = (*progress.precisions, chosen)
    _forget_after(out / LOG, progress.step)
    clock, saved = Clock(), time.monotonic()
    losses: deque[float] = deque(maxlen=LOG_EVERY_STEPS)
    with tqdm(total=100, unit="%", bar_format="{l_bar}{bar}| {elapsed} {postfix}", mininterval=5) as bar:
        while budget.share(progress) < 1:
            share = budget.share(progress)
            losses.append(_step(task, module, moving, recipe, progress, budget, device, chosen))
            progress.seconds += clock.lap()
            if any(share < mark <= budget.share(progress) for mark in snapshot_shares(recipe.n_snapshots)):
                checkpoint.keep_weights(module, out / SNAPSHOTS_FOLDER / f"{progress.tokens}")
            if progress.step % LOG_EVERY_STEPS == 0:
                mean = sum(losses) / len(losses)
                _log(out / LOG, progress, mean)
                _show(bar, budget, progress, mean)
            if time.monotonic() - saved > SAVE_EVERY_SECONDS:
                checkpoint.save(path, module, moving, progress)
                curve.draw(out)
                saved = time.monotonic()
                clock.lap()  # writing is no work
    checkpoint.save(path, module, moving, progress)
    curve.draw(out)
    module.eval()
    return progress


def _step(
    task: Task,
    module: nn.Module,
    moving: list[torch.optim.Optimizer],
    recipe: Recipe,
    progress: Progress,
    budget: Budget,
    device: str,
    chosen: Precision,
) -> float:
    torch.manual_seed(recipe.seed * 1_000_003 + progress.step)
    set_factor(moving, recipe, learning_rate_factor(recipe, progress.step, budget.share(progress)))
    batch = task.batch(progress.step)
    inputs = {name: value.to(device) for name, value in batch.inputs.items()}
    with torch.autocast(torch.device(device).type, torch.bfloat16, enabled=chosen.model == "bfloat16"):
        loss = task.loss(inputs)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(module.parameters(), recipe.max_gradient_norm)
    for optimizer in moving:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    progress.step += 1
    progress.tokens += batch.n_tokens
    return float(loss.detach())


def snapshot_shares(n_snapshots: int) -> list[float]:
    """Return after which shares of a run its weights are kept: evenly apart on a log axis, up to the whole."""
    return [SNAPSHOTS_APART**-index for index in reversed(range(n_snapshots))]


def _show(bar: "tqdm[None]", budget: Budget, progress: Progress, loss: float) -> None:
    share = budget.share(progress)
    left = progress.seconds / share * (1 - share) / 60
    bar.n = round(100 * share, 1)
    bar.set_postfix_str(
        f"step {progress.step}, loss {loss:.3f}, {progress.tokens / progress.seconds:,.0f} tokens/s, "
        f"{left:.0f} min left"
    )


def _log(path: Path, progress: Progress, loss: float) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(LogLine._fields)
        writer.writerow(LogLine(progress.step, progress.tokens, round(progress.seconds, 1), round(loss, 4)))


def _forget_after(path: Path, step: int) -> None:
    """Drop the lines of the log that were written after the checkpoint."""
    if not path.exists():
        return
    kept = [line for line in read_log(path) if line.step <= step]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(LogLine._fields)
        writer.writerows(kept)


def read_log(path: Path) -> list[LogLine]:
    """Return the lines of a `loss.csv`."""
    with path.open(newline="") as file:
        return [
            LogLine(int(row["step"]), int(row["tokens"]), float(row["seconds"]), float(row["loss"]))
            for row in csv.DictReader(file)
        ]
