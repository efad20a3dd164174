"""Llama (Touvron et al. 2023): rotary positions, grouped-query attention, root-mean-square norm before each block."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float
from torch import Tensor

from headlight.model.families.base import Family, ValuesAndOutput, hidden, split_heads
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import RotaryPositions, rotate
from headlight.model.trace import Attention, AttentionKind, PositionScheme, StackName, Trace


class Llama(Family):
    """Llama; its last hidden state comes after the final norm. Nothing is added to the embeddings."""

    name: ClassVar[str] = "Llama"
    model_types: ClassVar[frozenset[str]] = frozenset({"llama"})
    position_scheme: ClassVar[PositionScheme] = "rotary"

    def window(self, module: Any, layer: int) -> int | None:
        """Return how many tokens a query of a layer reads back, itself included; None: all of them."""
        return None

    def visible(
        self, module: Any, kind: AttentionKind, weights: Float[np.ndarray, "layer head query key"]
    ) -> Bool[np.ndarray, "layer query key"]:
        n_layers, _, n_queries, n_keys = weights.shape
        windows = [self.window(module, layer) for layer in range(n_layers)]
        return np.stack([visible_cells(n_queries, n_keys, causal=True, window=window) for window in windows])

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> RotaryPositions:
        rotary = module.base_model.rotary_emb
        return RotaryPositions(
            frequencies=rotary.inv_freq.numpy().copy(),  # after any scaling that stretches the context
            base=float(module.config.rope_parameters["rope_theta"]),
            d_head=int(module.base_model.layers[0].self_attn.head_dim),
        )

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        block = module.base_model.layers[layer]
        attend = block.self_attn
        states = block.input_layernorm(hidden(trace, "decoder", layer))  # (token, d_model)
        n_kv_heads = attention.n_heads // attend.num_key_value_groups
        query: Float[Tensor, "token d_head"] = split_heads(attend.q_proj(states), attention.n_heads)[head]
        group = head // attend.num_key_value_groups  # this many heads share one key and value
        key: Float[Tensor, "token d_head"] = split_heads(attend.k_proj(states), n_kv_heads)[group]
        value: Float[Tensor, "token d_head"] = split_heads(attend.v_proj(states), n_kv_heads)[group]
        if hasattr(attend, "q_norm"):  # Qwen3
            query, key = attend.q_norm(query), attend.k_norm(key)
        rotary = module.base_model.rotary_emb
        frequencies = rotary.inv_freq.numpy()
        places = np.arange(len(states))
        return HeadVectors(
            query=rotate(query.numpy(), places, frequencies, scale=rotary.attention_scaling),
            key=rotate(key.numpy(), places, frequencies, scale=rotary.attention_scaling),
            value=value.numpy(),
            scale=float(attend.scaling),
            bias=None,
            visible=visible_cells(len(states), len(states), causal=True, window=self.window(module, layer)),
        )

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        block = module.base_model.layers[layer]
        attend = block.self_attn
        states = block.input_layernorm(hidden(trace, "decoder", layer))  # (token, d_model)
        shared = split_heads(attend.v_proj(states), attention.n_heads // attend.num_key_value_groups)
        return shared.repeat_interleave(attend.num_key_value_groups, dim=0), attend.o_proj.weight.detach().T
