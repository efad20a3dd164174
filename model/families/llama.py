"""Llama (Touvron et al. 2023): rotary positions, grouped-query attention, root-mean-square norm before each step."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from headlight.model.families.base import Family
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, linear
from headlight.model.science.positions import RotaryPositions, rotate
from headlight.model.trace import PositionScheme, StackName


class Llama(Family):
    """Llama; its last hidden state comes after the final norm. Nothing is added to the embeddings."""

    name: ClassVar[str] = "Llama"
    model_types: ClassVar[frozenset[str]] = frozenset({"llama"})
    position_scheme: ClassVar[PositionScheme] = "rotary"

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> RotaryPositions:
        rotary = module.base_model.rotary_emb
        return RotaryPositions(
            frequencies=rotary.inv_freq.numpy().copy(),  # after any scaling that stretches the context
            base=float(module.config.rope_parameters["rope_theta"]),
            d_head=int(module.base_model.layers[0].self_attn.head_dim),
        )

    def turned(self, module: Any, vectors: Float[np.ndarray, "token d_head"]) -> Float[np.ndarray, "token d_head"]:
        rotary = module.base_model.rotary_emb
        return rotate(vectors, np.arange(len(vectors)), rotary.inv_freq.numpy(), scale=rotary.attention_scaling)

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = module.base_model.layers[layer]
        attend, network = block.self_attn, block.mlp
        n_heads = module.config.num_attention_heads
        return Block(
            attention=AttentionStep(
                norm_before=block.input_layernorm,
                query=linear(attend.q_proj),
                key=linear(attend.k_proj),
                value=linear(attend.v_proj),
                output=linear(attend.o_proj),
                n_heads=n_heads,
                n_kv_heads=n_heads // attend.num_key_value_groups,
                scale=float(attend.scaling),
                query_norm=getattr(attend, "q_norm", None),  # Qwen3
                key_norm=getattr(attend, "k_norm", None),
            ),
            feed_forward=FeedForwardStep(
                norm_before=block.post_attention_layernorm,
                up=linear(network.up_proj),
                gate=linear(network.gate_proj),
                bend=network.act_fn,
                down=linear(network.down_proj),
            ),
        )
