"""T5 (Raffel et al. 2020): encoder and decoder, a learned number per head and distance added to the scores."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor

from headlight.model.families.base import (
    Family,
    ValuesAndOutput,
    column,
    hidden,
    logits_of_whole_head,
    read_values,
    split_heads,
)
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import RelativePositions, relative_buckets
from headlight.model.trace import Attention, PositionScheme, StackName, Trace


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

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        query_stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = column(module, query_stack).block[layer]
        states = hidden(trace, query_stack, layer)  # (token, d_model)
        asking = reading = block.layer[0].layer_norm(states)
        attend = block.layer[0].SelfAttention
        if attention.kind == "cross":
            values = split_heads(attend.v(asking), attend.n_heads)  # (head, key, d_head)
            states = states + attend.o(read_values(trace, layer, values))
            asking = block.layer[1].layer_norm(states)
            reading = hidden(trace, "encoder", -1)
            attend = block.layer[1].EncDecAttention
            bias = None
        else:
            bias = self.positions(module, query_stack, len(states)).bias[head]  # layer 0 keeps it for all layers
        return HeadVectors(
            query=split_heads(attend.q(asking), attention.n_heads)[head].numpy(),
            key=split_heads(attend.k(reading), attention.n_heads)[head].numpy(),
            value=split_heads(attend.v(reading), attention.n_heads)[head].numpy(),
            scale=1.0,
            bias=bias,
            visible=visible_cells(len(asking), len(reading), causal=attention.causal),
        )

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        query_stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = column(module, query_stack).block[layer]
        if attention.kind == "cross":
            attend, reading = block.layer[1].EncDecAttention, hidden(trace, "encoder", -1)
        else:
            attend = block.layer[0].SelfAttention
            reading = block.layer[0].layer_norm(hidden(trace, query_stack, layer))
        return split_heads(attend.v(reading), attention.n_heads), attend.o.weight.detach().T


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
