"""OPT (Zhang et al. 2022): learned positions from row 2 on; norm before each block, or after it in the 350M model."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from headlight.model.families.base import EmbeddingParts, Family, position_ids
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, linear
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import PositionScheme, StackName


class OPT(Family):
    """OPT; its last hidden state comes after the final norm, where there is one."""

    name: ClassVar[str] = "OPT"
    model_types: ClassVar[frozenset[str]] = frozenset({"opt"})
    position_scheme: ClassVar[PositionScheme] = "learned"

    def prepare(self, module: Any) -> None:
        """Move the projection that narrows the last hidden state into the head: all depths are then d_model wide."""
        body = module.get_decoder()
        if body.project_out is None:
            return
        if module.get_output_embeddings() is not None:
            module.lm_head = nn.Sequential(body.project_out, module.lm_head)
        body.project_out = None

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        body = module.get_decoder()
        table: Float[Tensor, "position d_model"] = body.embed_positions.weight
        return EmbeddingParts(
            token=_widened(body, body.embed_tokens(ids)),
            position=table[position_ids(ids, body.embed_positions.offset)],
        )

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_model"]:
        body = module.get_decoder()
        return _widened(body, body.embed_tokens.weight.detach())

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AddedPositions:
        table = module.get_decoder().embed_positions
        return AddedPositions(vectors=table.weight[table.offset :].detach().numpy().copy(), learned=True)

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = module.get_decoder().layers[layer]
        attend = block.self_attn
        place = "norm_before" if block.do_layer_norm_before else "norm_after"
        return Block(
            attention=AttentionStep(
                query=linear(attend.q_proj),
                key=linear(attend.k_proj),
                value=linear(attend.v_proj),
                output=linear(attend.out_proj),
                n_heads=attend.num_heads,
                n_kv_heads=attend.num_heads,
                scale=float(attend.scaling),
                **{place: block.self_attn_layer_norm},
            ),
            feed_forward=FeedForwardStep(
                up=linear(block.fc1),
                bend=block.activation_fn,
                down=linear(block.fc2),
                **{place: block.final_layer_norm},
            ),
        )


def _widened(body: Any, embeddings: Float[Tensor, "token d_embedding"]) -> Float[Tensor, "token d_model"]:
    """Widen embeddings to d_model where the model keeps them narrower."""
    if body.project_in is None:
        return embeddings
    with torch.inference_mode():
        widened: Tensor = body.project_in(embeddings)
    return widened
