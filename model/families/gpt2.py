"""GPT-2 (Radford et al. 2019): learned positions, norm before each block, queries, keys and values in one matrix."""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.base import EmbeddingParts, Family, ValuesAndOutput, hidden, position_ids, split_heads
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import Attention, PositionScheme, StackName, Trace


class GPT2(Family):
    """GPT-2; its last hidden state comes after the final norm `ln_f`."""

    name: ClassVar[str] = "GPT-2"
    model_types: ClassVar[frozenset[str]] = frozenset({"gpt2"})
    position_scheme: ClassVar[PositionScheme] = "learned"

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        body = module.base_model
        return EmbeddingParts(token=body.wte(ids), position=body.wpe(position_ids(ids)))

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AddedPositions:
        table: Float[Tensor, "position d_model"] = module.base_model.wpe.weight
        return AddedPositions(vectors=table.detach().numpy().copy(), learned=True)

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
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

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        block = module.base_model.h[layer]
        return self._projected(block, trace, attention, layer)[2], block.attn.c_proj.weight.detach()

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
