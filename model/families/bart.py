"""BART (Lewis et al. 2020): encoder and decoder, learned positions from row 2 on, a norm after the embeddings."""

from typing import Any, ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from headlight.model.families.base import EmbeddingParts, Family, column, head, position_ids
from headlight.model.families.block import AttentionStep, Block, FeedForwardStep, linear
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import PositionScheme, StackName


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

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        block = column(module, stack).layers[layer]
        return Block(
            attention=_attention(block.self_attn, block.self_attn_layer_norm),
            cross=_attention(block.encoder_attn, block.encoder_attn_layer_norm) if stack == "decoder" else None,
            feed_forward=FeedForwardStep(
                up=linear(block.fc1),
                bend=block.activation_fn,
                down=linear(block.fc2),
                norm_after=block.final_layer_norm,
            ),
        )


def _attention(attend: Any, norm_after: Any) -> AttentionStep:
    return AttentionStep(
        query=linear(attend.q_proj),
        key=linear(attend.k_proj),
        value=linear(attend.v_proj),
        output=linear(attend.out_proj),
        norm_after=norm_after,
        n_heads=attend.num_heads,
        n_kv_heads=attend.num_heads,
        scale=float(attend.scaling),
    )
