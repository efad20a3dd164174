"""T5 (Raffel et al. 2020): encoder and decoder, a learned number per head and distance added to the scores."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from headlight.model.families.base import Family, column, logits_of_whole_head
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, linear
from headlight.model.science.positions import RelativePositions, relative_buckets
from headlight.model.trace import PositionScheme, StackName


class T5(Family):
    """T5 and mT5; nothing is added to the embeddings, scores are not scaled, the last hidden states are normed."""

    name: ClassVar[str] = "T5"
    model_types: ClassVar[frozenset[str]] = frozenset({"t5", "mt5"})
    position_scheme: ClassVar[PositionScheme] = "relative"

    def context(self, config: Any) -> int | None:
        return None  # far distances share a bucket, so no length is too long

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        return logits_of_whole_head(module, module.get_decoder(), hidden)  # some scale it, as T5 did, and some do not

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> RelativePositions:
        distances = np.arange(1 - n_tokens, n_tokens)
        by_distance = _bias(module, stack, distances)  # (head, distance)
        # The distance of query i and key j stands at j - i, counted from the largest backwards one.
        places = np.arange(n_tokens)[None, :] - np.arange(n_tokens)[:, None] + n_tokens - 1  # (query, key)
        return RelativePositions(
            bias=by_distance[:, places],
            distances=tuple(int(each) for each in distances),
            by_distance=by_distance,
        )

    def bias(self, module: Any, stack: StackName, head: int, n_tokens: int) -> Float[np.ndarray, "query key"] | None:
        bias: np.ndarray = self.positions(module, stack, n_tokens).bias[head]  # layer 0 keeps it for all layers
        return bias

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        steps = column(module, stack).block[layer].layer
        network = steps[-1].DenseReluDense
        gated = hasattr(network, "wi_0")
        return Block(
            attention=_attention(steps[0].SelfAttention, steps[0].layer_norm),
            cross=_attention(steps[1].EncDecAttention, steps[1].layer_norm) if stack == "decoder" else None,
            feed_forward=FeedForwardStep(
                norm_before=steps[-1].layer_norm,
                up=linear(network.wi_1 if gated else network.wi),
                gate=linear(network.wi_0) if gated else None,
                bend=network.act,
                down=linear(network.wo),
            ),
        )


def _attention(attend: Any, norm_before: Any) -> AttentionStep:
    return AttentionStep(
        norm_before=norm_before,
        query=linear(attend.q),
        key=linear(attend.k),
        value=linear(attend.v),
        output=linear(attend.o),
        n_heads=attend.n_heads,
        n_kv_heads=attend.n_heads,
        scale=1.0,
    )


def _bias(module: Any, stack: StackName, distances: np.ndarray) -> Float[np.ndarray, "head distance"]:
    """Return what each head of a stack adds to the score of a key at each distance (key minus query)."""
    attend = column(module, stack).block[0].layer[0].SelfAttention
    buckets = relative_buckets(
        distances,
        both_ways=stack == "encoder",
        n_buckets=attend.relative_attention_num_buckets,
        max_distance=attend.relative_attention_max_distance,
    )
    table: Tensor = attend.relative_attention_bias.weight  # (bucket, head)
    bias: np.ndarray = table.detach().numpy()[buckets].T.copy()
    return bias
