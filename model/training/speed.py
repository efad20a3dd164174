"""How long one forward pass takes, beside a model of the shape of GPT-2 small."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from headlight.model.training.report import Table

N_TOKENS = 32
N_RUNS = 20


def milliseconds(forward: Callable[[], Any]) -> float:
    """Return the processor time of a forward pass on this thread: the median of N_RUNS, after two that are not counted.

    What other processes take meanwhile does not count.
    """
    taken = []
    with torch.inference_mode():
        for _ in range(N_RUNS + 2):
            start = time.thread_time()
            forward()
            taken.append(1000 * (time.thread_time() - start))
    return statistics.median(taken[2:])


def table(module: Any) -> Table:
    """Time a model, with its attention weights and hidden states, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ours = milliseconds(lambda: read(module))
        reference = GPT2LMHeadModel(GPT2Config()).eval()  # type: ignore[no-untyped-call]
        reference.set_attn_implementation("eager")
        theirs = milliseconds(lambda: read(reference))
    finally:
        torch.set_num_threads(threads)
    return Table(
        title="How fast it is",
        columns=("one forward pass", "milliseconds"),
        rows=(("this model", f"{ours:.1f}"), ("the same for a model of the shape of GPT-2 small", f"{theirs:.0f}")),
        note=(
            f"{N_TOKENS} tokens (an encoder-decoder: on each side), processor time of a thread, the median of {N_RUNS}."
        ),
    )


def read(module: Any) -> Any:
    """Let a model, loaded with eager attention, read N_TOKENS tokens as the app does."""
    ids = torch.arange(1, N_TOKENS + 1)[None]
    inputs = {"input_ids": ids} | ({"decoder_input_ids": ids} if module.config.is_encoder_decoder else {})
    return module(**inputs, output_attentions=True, output_hidden_states=True)
