"""The parts of a block, on every family: put together again they give the hidden states that the model gave."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from headlight.model.errors import NotShownError
from headlight.model.families.base import hidden, weights
from headlight.model.families.block import Block
from headlight.model.trace import StackName, Trace
from tests.model.conftest import Subject
from tests.model.folders import change_json


def walked(block: Block, trace: Trace, stack: StackName, layer: int) -> np.ndarray:
    """Return what comes out of a layer, from what went in, by way of the steps of its block."""
    stream = hidden(trace, stack, layer)  # (token, d_model)
    step = block.attention
    given = step.gives(weights(trace, stack, layer), step.values(step.reads(stream)))
    stream = step.adds(stream, given)
    if block.cross is not None:
        given = block.cross.gives(weights(trace, "cross", layer), block.cross.values(hidden(trace, "encoder", -1)))
        stream = block.cross.adds(stream, given)
    network = block.feed_forward
    return network.adds(stream, network.gives(network.reads(stream))).numpy()


def check(subject: Subject) -> None:
    """Check every layer of every stack but the last: its hidden state may come after one norm more."""
    loaded, trace = subject.loaded, subject.trace
    for stack in trace.stacks:
        for layer in range(stack.n_layers - 1):
            with torch.inference_mode():
                block = loaded.family.block(loaded.module, stack.name, layer)
                ours = walked(block, trace, stack.name, layer)
            scale = float(np.abs(stack.hidden_states[layer + 1]).max())
            np.testing.assert_allclose(ours, stack.hidden_states[layer + 1], atol=1e-5 * max(1.0, scale))


def test_the_steps_of_a_block_lead_from_one_hidden_state_to_the_next(described_or_body: Subject) -> None:
    check(described_or_body)


def test_so_they_do_where_the_sum_is_taken_with_what_the_norm_gave(tiny: Any, tmp_path: Path) -> None:
    folder = tmp_path / "bloom"
    shutil.copytree(tiny("bloom"), folder)
    change_json(folder / "config.json", apply_residual_connection_post_layernorm=True)
    check(Subject(kind="bloom", folder=folder))


def test_every_matrix_of_a_block_is_of_the_size_it_says(described: Subject) -> None:
    facts, loaded = described.facts, described.loaded
    for stack in described.trace.stacks:
        block = loaded.family.block(loaded.module, stack.name, 0)
        assert (block.cross is not None) == (len(described.trace.stacks) == 2 and stack.name == "decoder")
        step, network = block.attention, block.feed_forward
        assert (step.n_heads, step.n_kv_heads) == (facts.n_heads, facts.n_kv_heads)
        width = facts.n_heads * facts.d_head
        assert step.query.weight.shape == (facts.d_model, width)
        assert step.output.weight.shape == (width, facts.d_model)
        assert step.key.weight.shape == step.value.weight.shape == (facts.d_model, facts.n_kv_heads * facts.d_head)
        assert network.up.weight.shape == network.down.weight.shape[::-1]
        assert network.up.weight.shape[0] == facts.d_model


@pytest.mark.parametrize("kind", ["gpt_neox", "mamba"])
def test_a_family_that_is_not_known_says_so(kind: str, tiny: Any) -> None:
    loaded = Subject(kind=kind, folder=tiny(kind)).loaded
    with pytest.raises(NotShownError, match="query"):
        loaded.family.block(loaded.module, "decoder", 0)
