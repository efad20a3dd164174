"""GPT-2 (Radford et al. 2019): learned positions, norm before each step, queries, keys and values in one matrix."""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.base import EmbeddingParts, Family, position_ids
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, Linear
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import PositionScheme, StackName


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

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = module.base_model.h[layer]
        attend, network = block.attn, block.mlp
        query, key, value = (
            Linear(weight.detach(), bias.detach())
            for weight, bias in zip(attend.c_attn.weight.chunk(3, dim=1), attend.c_attn.bias.chunk(3), strict=True)
        )
        return Block(
            attention=AttentionStep(
                norm_before=block.ln_1,
                query=query,
                key=key,
                value=value,
                output=_matrix(attend.c_proj),
                n_heads=attend.num_heads,
                n_kv_heads=attend.num_heads,
                scale=float(attend.scaling),
            ),
            feed_forward=FeedForwardStep(
                norm_before=block.ln_2, up=_matrix(network.c_fc), bend=network.act, down=_matrix(network.c_proj)
            ),
        )


def _matrix(module: Any) -> Linear:
    """Return the matrix of GPT-2's own kind of layer, which keeps it as it is multiplied."""
    return Linear(module.weight.detach(), module.bias.detach())
