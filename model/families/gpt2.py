"""GPT-2 (Radford et al. 2019): learned positions, norm before each block, queries, keys and values in one matrix."""

from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from model.attention import HeadVectors, visible_cells
from model.families.base import EmbeddingParts, Family, hidden, position_ids, split_heads
from model.positions import AddedPositions
from model.trace import Attention, PositionScheme, StackName, Trace


class GPT2(Family):
    """GPT-2; its last hidden state comes after the final norm `ln_f`."""

    name: ClassVar[str] = "GPT-2"
    model_types: ClassVar[frozenset[str]] = frozenset({"gpt2"})
    position_scheme: ClassVar[PositionScheme] = "learned"
    cannot_show: ClassVar[tuple[str, ...]] = ()

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        body = module.base_model
        return EmbeddingParts(token=body.wte(ids), position=body.wpe(position_ids(ids)))

    def positions(self, module: Any, n_tokens: int) -> AddedPositions:
        table: Float[Tensor, "position d_model"] = module.base_model.wpe.weight
        return AddedPositions(vectors=table.detach().numpy().copy(), learned=True)

    def head_vectors(
        self,
        module: Any,
        trace: Trace,
        attention: Attention,
        layer: int,
        head: int,
    ) -> HeadVectors:
        block = module.base_model.h[layer]
        query, key, value = (each[head].numpy() for each in self._projected(block, trace, attention, layer))
        n_tokens = len(query)
        return HeadVectors(
            query=query,
            key=key,
            value=value,
            scale=float(block.attn.scaling),
            bias=None,
            visible=visible_cells(n_tokens, n_tokens, causal=True),
        )

    def head_values(
        self,
        module: Any,
        trace: Trace,
        attention: Attention,
        layer: int,
    ) -> Float[np.ndarray, "head key d_head"]:
        value: np.ndarray = self._projected(module.base_model.h[layer], trace, attention, layer)[2].numpy()
        return value

    def output_matrices(self, module: Any, attention: Attention, layer: int) -> Float[Tensor, "head d_head d_model"]:
        weight: Float[Tensor, "width d_model"] = module.base_model.h[layer].attn.c_proj.weight
        return weight.detach().reshape(attention.n_heads, -1, weight.shape[1])

    @staticmethod
    def _projected(
        block: Any,
        trace: Trace,
        attention: Attention,
        layer: int,
    ) -> tuple[Float[Tensor, "head token d_head"], ...]:
        """Return the queries, keys and values of all heads: one product makes them all."""
        states = block.ln_1(hidden(trace, "decoder", layer))  # (token, d_model)
        parts = block.attn.c_attn(states).chunk(3, dim=-1)  # 3 of (token, d_model)
        return tuple(split_heads(part, attention.n_heads) for part in parts)
