"""OPT (Zhang et al. 2022): learned positions from row 2 on; norm before each block, or after it in the 350M model."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from headlight.model.families.base import EmbeddingParts, Family, ValuesAndOutput, hidden, position_ids, split_heads
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import Attention, PositionScheme, StackName, Trace


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

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        block = module.get_decoder().layers[layer]
        states = hidden(trace, "decoder", layer)  # (token, d_model)
        if block.do_layer_norm_before:
            states = block.self_attn_layer_norm(states)
        attend = block.self_attn
        query, key, value = (
            split_heads(project(states), attention.n_heads)[head].numpy()
            for project in (attend.q_proj, attend.k_proj, attend.v_proj)
        )
        n_tokens = len(query)
        return HeadVectors(
            query=query,
            key=key,
            value=value,
            scale=float(attend.scaling),
            bias=None,
            visible=visible_cells(n_tokens, n_tokens, causal=True),
        )

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        block = module.get_decoder().layers[layer]
        states = hidden(trace, "decoder", layer)  # (token, d_model)
        if block.do_layer_norm_before:
            states = block.self_attn_layer_norm(states)
        attend = block.self_attn
        return split_heads(attend.v_proj(states), attention.n_heads), attend.out_proj.weight.detach().T


def _widened(body: Any, embeddings: Float[Tensor, "token d_embedding"]) -> Float[Tensor, "token d_model"]:
    """Widen embeddings to d_model where the model keeps them narrower."""
    if body.project_in is None:
        return embeddings
    with torch.inference_mode():
        widened: Tensor = body.project_in(embeddings)
    return widened
