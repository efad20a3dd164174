"""The lengths of transformed values against the model's own output."""

import numpy as np
import pytest
import torch

from model.detail import head_vectors, value_norms
from model.engine import default_engine
from model.trace import Trace


def test_lengths_are_those_of_the_values_through_the_output_matrix(house_trace: Trace) -> None:
    attention = house_trace.attentions[0]
    module = default_engine().loaded_for(house_trace).module
    norms = value_norms(house_trace, attention)
    assert norms.shape == (attention.n_layers, attention.n_heads, len(attention.key_tokens))
    for layer, head in ((0, 0), (2, 7), (5, 3)):
        value = head_vectors(house_trace, attention, layer, head).value  # (key, d_head)
        d_head = value.shape[1]
        matrix = module.base_model.h[layer].attn.c_proj.weight.detach().float().numpy()
        transformed = value @ matrix[head * d_head : (head + 1) * d_head]
        np.testing.assert_allclose(norms[layer, head], np.linalg.norm(transformed, axis=-1), rtol=1e-4)


def test_contributions_of_all_heads_and_keys_add_up_to_the_attention_output(house_trace: Trace) -> None:
    attention = house_trace.attentions[0]
    engine = default_engine()
    loaded = engine.loaded_for(house_trace)
    layer = 3
    block = loaded.module.base_model.h[layer]
    matrices = loaded.family.output_matrices(loaded.module, attention, layer).float().numpy()
    values = loaded.family.head_values(loaded.module, house_trace, attention, layer)
    mine = np.einsum("hqk,hki,hij->qj", attention.weights[layer], values, matrices)
    with torch.inference_mode():
        states = torch.from_numpy(house_trace.stacks[0].hidden_states[layer].copy())[None]
        mask = torch.full((states.shape[1], states.shape[1]), -torch.inf).triu(1)[None, None]
        theirs = block.attn(block.ln_1(states), attention_mask=mask)[0][0].numpy()
    theirs = theirs - block.attn.c_proj.bias.detach().numpy()
    np.testing.assert_allclose(mine, theirs, atol=1e-4)


def test_a_family_that_is_not_known_says_so(house_trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.errors import NotShownError
    from model.families import GENERIC

    loaded = default_engine().loaded_for(house_trace)
    monkeypatch.setattr(type(loaded.family), "output_matrices", lambda _, *args: GENERIC.output_matrices(*args))
    with pytest.raises(NotShownError, match="query, key and value"):
        value_norms(house_trace, house_trace.attentions[0])
