"""BART (Lewis et al. 2020): encoder and decoder, learned positions from row 2 on, a norm after the embeddings."""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.base import (
    EmbeddingParts,
    Family,
    ValuesAndOutput,
    column,
    head,
    hidden,
    position_ids,
    read_values,
    split_heads,
)
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import Attention, PositionScheme, StackName, Trace


class BART(Family):
    """BART; its first hidden states are the norm of token + position, and a norm follows every block."""

    name: ClassVar[str] = "BART"
    model_types: ClassVar[frozenset[str]] = frozenset({"bart"})
    position_scheme: ClassVar[PositionScheme] = "learned"

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        return EmbeddingParts(
            token=column(module, stack).embed_tokens(ids),  # scaled in it, where the model scales
            position=self.position_table(module, stack)[position_ids(ids)],
        )

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_model"]:
        table = module.get_input_embeddings()
        scaled: Tensor = table.weight.detach() * table.embed_scale
        return scaled

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        logits: Tensor = head(module)(hidden)
        if module.config.is_encoder_decoder:  # the decoder alone, as a language model, has no such bias
            logits = logits + module.final_logits_bias
        return logits

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> AddedPositions:
        return AddedPositions(
            vectors=self.position_table(module, stack).detach().numpy().copy(),
            learned=self.position_scheme == "learned",
        )

    def position_table(self, module: Any, stack: StackName) -> Float[Tensor, "position d_model"]:
        """Return the vectors added for positions 0, 1, 2, ..."""
        table = column(module, stack).embed_positions
        vectors: Tensor = table.weight[table.offset :]
        return vectors

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        query_stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = column(module, query_stack).layers[layer]
        asking = reading = hidden(trace, query_stack, layer)  # (token, d_model)
        attend = block.self_attn
        if attention.kind == "cross":
            values = split_heads(attend.v_proj(asking), attend.num_heads)  # (head, key, d_head)
            asking = block.self_attn_layer_norm(asking + attend.out_proj(read_values(trace, layer, values)))
            reading = hidden(trace, "encoder", -1)
            attend = block.encoder_attn
        return HeadVectors(
            query=split_heads(attend.q_proj(asking), attention.n_heads)[head].numpy(),
            key=split_heads(attend.k_proj(reading), attention.n_heads)[head].numpy(),
            value=split_heads(attend.v_proj(reading), attention.n_heads)[head].numpy(),
            scale=float(attend.scaling),
            bias=None,
            visible=visible_cells(len(asking), len(reading), causal=attention.causal),
        )

    def values_and_output(self, module: Any, trace: Trace, attention: Attention, layer: int) -> ValuesAndOutput:
        query_stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = column(module, query_stack).layers[layer]
        attend = block.encoder_attn if attention.kind == "cross" else block.self_attn
        reading = hidden(trace, "encoder", -1) if attention.kind == "cross" else hidden(trace, query_stack, layer)
        return split_heads(attend.v_proj(reading), attention.n_heads), attend.out_proj.weight.detach().T
