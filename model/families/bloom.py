"""BLOOM (Le Scao et al. 2022): ALiBi, a norm after the embeddings, queries, keys and values interleaved by head."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from headlight.model.families.base import Family
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, Linear, linear
from headlight.model.science.positions import AlibiPositions, alibi_slopes
from headlight.model.trace import PositionScheme, StackName


class BLOOM(Family):
    """BLOOM; its first hidden state is the norm of the token embedding, its last one comes after `ln_f`."""

    name: ClassVar[str] = "BLOOM"
    model_types: ClassVar[frozenset[str]] = frozenset({"bloom"})
    position_scheme: ClassVar[PositionScheme] = "alibi"

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AlibiPositions:
        return AlibiPositions(slopes=alibi_slopes(module.config.n_head))

    def bias(self, module: Any, stack: StackName, head: int, n_tokens: int) -> Float[np.ndarray, "query key"] | None:
        # BLOOM adds slope times the key's position, not minus slope times the distance: the softmax is the same.
        bias = alibi_slopes(module.config.n_head)[head] * np.arange(n_tokens)  # (key,)
        return np.broadcast_to(bias, (n_tokens, n_tokens)).astype(np.float32)

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = module.base_model.h[layer]
        attend, network = block.self_attention, block.mlp
        carries_normed = bool(module.config.apply_residual_connection_post_layernorm)
        query, key, value = _parts(attend.query_key_value, attend.num_heads)
        return Block(
            attention=AttentionStep(
                norm_before=block.input_layernorm,
                carries_normed=carries_normed,
                query=query,
                key=key,
                value=value,
                output=linear(attend.dense),
                n_heads=attend.num_heads,
                n_kv_heads=attend.num_heads,
                scale=float(attend.inv_norm_factor),
            ),
            feed_forward=FeedForwardStep(
                norm_before=block.post_attention_layernorm,
                carries_normed=carries_normed,
                up=linear(network.dense_h_to_4h),
                bend=network.gelu_impl,
                down=linear(network.dense_4h_to_h),
            ),
        )


def _parts(module: Any, n_heads: int) -> list[Linear]:
    """Return the matrices of queries, keys and values, which lie in one, head by head."""
    weight: Float[Tensor, "head 3 d_head d_model"] = module.weight.detach().unflatten(0, (n_heads, 3, -1))
    bias: Float[Tensor, "head 3 d_head"] = module.bias.detach().unflatten(0, (n_heads, 3, -1))
    return [Linear(weight[:, part].flatten(0, 1).T, bias[:, part].flatten()) for part in range(3)]
