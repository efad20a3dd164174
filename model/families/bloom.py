"""BLOOM (Le Scao et al. 2022): ALiBi, a norm after the embeddings, queries, keys and values interleaved by head."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from headlight.model.families.base import Family, ValuesAndOutput, hidden
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import AlibiPositions, alibi_slopes
from headlight.model.trace import Attention, PositionScheme, StackName, Trace


class BLOOM(Family):
    """BLOOM; its first hidden state is the norm of the token embedding, its last one comes after `ln_f`."""

    name: ClassVar[str] = "BLOOM"
    model_types: ClassVar[frozenset[str]] = frozenset({"bloom"})
    position_scheme: ClassVar[PositionScheme] = "alibi"

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AlibiPositions:
        return AlibiPositions(slopes=alibi_slopes(module.config.n_head))

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        block = module.base_model.h[layer]
        states = block.input_layernorm(hidden(trace, "decoder", layer))  # (token, d_model)
        n_tokens = len(states)
        parts: Float[Tensor, "token head 3 d_head"] = block.self_attention.query_key_value(states).reshape(
            n_tokens, attention.n_heads, 3, -1
        )
        query, key, value = (parts[:, head, part].numpy() for part in range(3))
        # BLOOM adds slope times the key's position, not minus slope times the distance: the softmax is the same.
        bias = alibi_slopes(attention.n_heads)[head] * np.arange(n_tokens)  # (key,)
        return HeadVectors(
            query=query,
            key=key,
            value=value,
            scale=float(block.self_attention.inv_norm_factor),
            bias=np.broadcast_to(bias, (n_tokens, n_tokens)).astype(np.float32),
            visible=visible_cells(n_tokens, n_tokens, causal=True),
        )

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        block = module.base_model.h[layer]
        states = block.input_layernorm(hidden(trace, "decoder", layer))  # (token, d_model)
        parts: Float[Tensor, "token head 3 d_head"] = block.self_attention.query_key_value(states).reshape(
            len(states), attention.n_heads, 3, -1
        )
        return parts[:, :, 2].transpose(0, 1), block.self_attention.dense.weight.detach().T
