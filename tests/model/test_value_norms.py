"""The lengths of transformed values, on every family, against what the model itself computes on the way."""

from typing import Any

import numpy as np
import pytest
import torch

from headlight.model.errors import NotShownError
from headlight.model.questions import head_vectors, value_norms
from headlight.model.trace import Trace
from tests.inside import loaded
from tests.model.conftest import Subject


def test_lengths_are_those_of_the_values_through_the_output_matrix(house_trace: Trace) -> None:
    attention = house_trace.attentions[0]
    module = loaded(house_trace).module
    norms = value_norms(house_trace, attention)
    assert norms.shape == (attention.n_layers, attention.n_heads, len(attention.key_tokens))
    for layer, head in ((0, 0), (2, 7), (5, 3)):
        value = head_vectors(house_trace, attention, layer, head).value  # (key, d_head)
        d_head = value.shape[1]
        matrix = module.base_model.h[layer].attn.c_proj.weight.detach().float().numpy()
        transformed = value @ matrix[head * d_head : (head + 1) * d_head]
        np.testing.assert_allclose(norms[layer, head], np.linalg.norm(transformed, axis=-1), rtol=1e-4)


def test_values_are_those_of_the_heads(described_or_body: Subject) -> None:
    trace, loaded = described_or_body.trace, described_or_body.loaded
    for attention in trace.attentions:
        for layer in range(attention.n_layers):
            with torch.inference_mode():
                values, _ = loaded.family.values_and_output(loaded.module, trace, attention, layer)
            for head in range(attention.n_heads):
                np.testing.assert_array_equal(
                    values[head].numpy(), head_vectors(trace, attention, layer, head).value, err_msg=attention.kind
                )


def test_what_the_heads_mix_is_what_the_model_puts_through_its_output_matrix(described_or_body: Subject) -> None:
    trace, loaded = described_or_body.trace, described_or_body.loaded
    for attention in trace.attentions:
        for layer in range(attention.n_layers):
            with torch.inference_mode():
                values, output = loaded.family.values_and_output(loaded.module, trace, attention, layer)
            # The module that holds this very matrix, whatever the family calls it.
            projection = next(
                each
                for each in loaded.module.modules()
                if getattr(each, "weight", None) is not None and each.weight.data_ptr() == output.data_ptr()
            )
            seen: list[tuple[Any, Any]] = []
            hook = projection.register_forward_hook(lambda _, given, got, seen=seen: seen.append((given[0], got)))
            try:
                with torch.inference_mode():
                    names = ("input_ids", "decoder_input_ids")
                    ids = {name: torch.tensor(s.ids)[None] for name, s in zip(names, trace.stacks, strict=False)}
                    loaded.module(**ids)
            finally:
                hook.remove()
            given, got = (each.reshape(-1, each.shape[-1]).numpy() for each in seen[-1])
            mixed = np.concatenate([*(attention.weights[layer] @ values.numpy())], axis=-1)  # (query, width)
            np.testing.assert_allclose(mixed, given, atol=2e-5, err_msg=attention.kind)
            bias = 0.0 if getattr(projection, "bias", None) is None else projection.bias.detach().numpy()
            np.testing.assert_allclose(given @ output.numpy() + bias, got, atol=2e-4, err_msg=attention.kind)


def test_a_family_that_is_not_known_says_so(generic: Subject) -> None:
    for attention in generic.trace.attentions[:1]:
        with pytest.raises(NotShownError, match="query, key and value"):
            value_norms(generic.trace, attention)
