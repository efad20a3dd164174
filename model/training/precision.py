"""In what a run calculates: bfloat16 where this device is faster with it, else float32. Asked by trying.

What a processor says of itself does not answer it. One with AVX2 alone multiplies in bfloat16, many times slower than
in float32, and has no LSTM in it: oneDNN, which torch calls, then raises. One with AVX-512 but not its bfloat16 part
has both, at half the speed. So products are timed in both types, and an LSTM, which is made of products, is tried.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import torch
from torch import nn

from headlight.model.training.recipes import Recipe, Recurrent

Name = Literal["bfloat16", "float32"]
TYPES: dict[Name, torch.dtype] = {"bfloat16": torch.bfloat16, "float32": torch.float32}
WIDTH, INNER, N_TOKENS, N_EXAMPLES = 256, 1024, 32, 8  # of what is tried: about a layer of ours, and few tokens
N_TRIES = 5  # of which the fastest counts
# A run that goes on changes its type only when the other is faster by this factor, so that what two timings tell apart
# by chance changes nothing: on one machine a run that was killed ends in the same weights as one that was not.
CLEARLY = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """The type of the model's matrix products, and of Muon's. Weights, sums and the loss stay in float32."""

    model: Name
    muon: Name


def choose(recipe: Recipe, device: str, before: Precision | None = None) -> Precision:
    """Choose for a recipe on a device and say so in one line. `before` is what the run calculated in until now."""
    if not recipe.bfloat16:
        chosen, why = Precision(model="float32", muon="float32"), "the recipe wants it"
    elif torch.device(device).type != "cpu":
        able = device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False)
        name: Name = "bfloat16" if able else "float32"
        chosen, why = Precision(model=name, muon=name), f"{device} {'has' if able else 'lacks'} bfloat16"
    else:
        chosen, why = _on_this_processor(recipe, before)
    changed = f" (until now {before.model} and {before.muon})" if before not in (None, chosen) else ""
    print(f"{recipe.name} calculates in {chosen.model}, Muon in {chosen.muon}{changed}: {why}", flush=True)
    return chosen


def _on_this_processor(recipe: Recipe, before: Precision | None) -> tuple[Precision, str]:
    """Choose for a processor, and say why."""
    slower = slowness()
    limit = {None: 1.0, "bfloat16": CLEARLY, "float32": 1 / CLEARLY}[before.muon if before else None]
    muon: Name = "bfloat16" if slower < limit else "float32"
    why = f"products in bfloat16 take {slower:.2f} times as long here"
    if muon == "bfloat16" and isinstance(recipe, Recurrent) and (refusal := lstm_refusal()):
        return Precision(model="float32", muon=muon), f"{why}, but of an LSTM in bfloat16 torch says: {refusal}"
    return Precision(model=muon, muon=muon), why


@cache
def slowness() -> float:
    """Return how many times as long as in float32 this processor takes for products in bfloat16, on one thread."""
    layer = nn.Linear(WIDTH, INNER)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _seconds(lambda: _forth_and_back(layer, half=True)) / _seconds(
            lambda: _forth_and_back(layer, half=False)
        )
    finally:
        torch.set_num_threads(threads)


@cache
def lstm_refusal() -> str:
    """Return what torch says when an LSTM shall learn in bfloat16 on this processor; nothing when it can."""
    try:
        _forth_and_back(nn.LSTM(WIDTH, WIDTH, batch_first=True), half=True)
    except RuntimeError as refusal:
        return str(refusal).split(".", maxsplit=1)[0]
    return ""


def _seconds(step: Callable[[], None]) -> float:
    """Return the processor time of the fastest of N_TRIES, after one that is not counted."""
    step()
    taken = []
    for _ in range(N_TRIES):
        start = time.process_time()
        step()
        taken.append(time.process_time() - start)
    return min(taken)


def _forth_and_back(layer: nn.Module, *, half: bool) -> None:
    """Do what a step of training does with one layer."""
    inputs = torch.ones(N_EXAMPLES, N_TOKENS, WIDTH, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        output = layer(inputs)
    (output[0] if isinstance(output, tuple) else output).float().sum().backward()
