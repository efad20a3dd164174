"""What the app must know of an architecture: where its embeddings, queries, keys, values and logits are.

`Family` is the contract. Everything here runs on the engine's thread, under `torch.inference_mode()`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from headlight.model.errors import NotShownError
from headlight.model.families.block import Block
from headlight.model.science.attention import HeadVectors, visible_cells
from headlight.model.science.positions import Positions
from headlight.model.trace import Attention, AttentionKind, PositionScheme, StackName, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingParts:
    """The vectors that are added to make the input of the first layer.

    Their width is d_model, but for a model of the generic family that widens its embeddings afterwards (ALBERT).
    """

    token: Float[Tensor, "token d_embedding"]
    position: Float[Tensor, "token d_embedding"] | None = None
    type: Float[Tensor, "token d_embedding"] | None = None


class Family(ABC):
    """What a family says about its models. `module` is always the loaded transformers model."""

    name: ClassVar[str]
    model_types: ClassVar[frozenset[str]]
    position_scheme: ClassVar[PositionScheme]
    cannot_show: ClassVar[tuple[str, ...]] = ()

    def prepare(self, module: Any) -> None:
        """Rearrange a freshly loaded module where its own layout would keep a Trace from being made."""
        return

    def context(self, config: Any) -> int | None:
        """Return the most tokens the model can read, or None when nothing in it sets a limit."""
        length = getattr(config, "max_position_embeddings", None)
        return int(length) if length else None

    def embeddings(self, module: Any, stack: StackName, ids: Int[Tensor, " token"]) -> EmbeddingParts:
        """Return the parts of the first layer's input, before any norm."""
        return EmbeddingParts(token=module.get_input_embeddings()(ids))

    def visible(
        self, module: Any, kind: AttentionKind, weights: Float[np.ndarray, "layer head query key"]
    ) -> Bool[np.ndarray, "layer query key"]:
        """Return which cells the mask of each layer leaves open.

        The weights alone do not say it: what softmax makes smaller than float32 can hold is 0 without being hidden.
        """
        n_layers, _, n_queries, n_keys = weights.shape
        windows = [self.window(module, layer) for layer in range(n_layers)]
        return np.stack(
            [visible_cells(n_queries, n_keys, causal=kind == "decoder", window=window) for window in windows]
        )

    def window(self, module: Any, layer: int) -> int | None:
        """Return how many tokens a query of a layer reads back, itself included; None: all of them."""
        return None

    def vocabulary(self, module: Any) -> Float[Tensor, "vocab d_embedding"]:
        """Return the input embedding of every token, scaled as `embeddings` scales it. Shares memory: do not change."""
        weight: Tensor = module.get_input_embeddings().weight
        return weight.detach()

    def logits(self, module: Any, hidden: Float[Tensor, "position d_model"]) -> Float[Tensor, "position vocab"]:
        """Return the logits that follow hidden states of the last depth, as transformers returns those.

        Raises NotShownError when the model has no language-model head.
        """
        logits: Tensor = head(module)(hidden)
        return logits

    @abstractmethod
    def positions(self, module: Any, stack: StackName, n_tokens: int) -> Positions:
        """Return the position scheme of a stack, with the model's own numbers. Raises NotShownError when unknown."""

    @abstractmethod
    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        """Return the parts of a layer. Raises NotShownError when unknown."""

    def bias(self, module: Any, stack: StackName, head: int, n_tokens: int) -> Float[np.ndarray, "query key"] | None:
        """Return what the position scheme adds to the scores of a head where a stack reads itself, in every layer."""
        return None

    def turned(self, module: Any, vectors: Float[np.ndarray, "token d_head"]) -> Float[np.ndarray, "token d_head"]:
        """Return queries or keys as the position scheme turns them."""
        return vectors

    def head_vectors(self, module: Any, trace: Trace, attention: Attention, layer: int, head: int) -> HeadVectors:
        """Return what the head multiplied, from the trace's hidden states. Raises NotShownError when unknown."""
        stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = self.block(module, stack, layer)
        stream = hidden(trace, stack, layer)  # (token, d_model)
        asking = reading = block.attention.reads(stream)
        step, bias = block.attention, None
        if attention.kind == "cross":
            assert block.cross is not None
            # It asks from what comes after self-attention, which is no hidden state and so is worked out again.
            given = step.gives(weights(trace, "decoder", layer), step.values(reading))
            step = block.cross
            asking, reading = step.reads(block.attention.adds(stream, given)), hidden(trace, "encoder", -1)
        else:
            bias = self.bias(module, stack, head, len(stream))
        query: np.ndarray = step.queries(asking)[head].numpy()
        key: np.ndarray = step.keys(reading)[step.set_of(head)].numpy()
        return HeadVectors(
            query=self.turned(module, query),
            key=self.turned(module, key),
            value=step.values(reading)[head].numpy(),
            scale=step.scale,
            bias=bias,
            visible=visible_cells(len(query), len(key), causal=attention.causal, window=self.window(module, layer)),
        )

    def values_and_output(
        self, module: Any, trace: Trace, attention: Attention, layer: int
    ) -> tuple[Float[Tensor, "head key d_head"], Float[Tensor, "width d_model"]]:
        """Return the values of all heads of a layer and the matrix that carries the heads' outputs, side by side, on.

        Raises NotShownError when unknown.
        """
        stack: StackName = "encoder" if attention.kind == "encoder" else "decoder"
        block = self.block(module, stack, layer)
        if attention.kind == "cross":
            assert block.cross is not None
            return block.cross.values(hidden(trace, "encoder", -1)), block.cross.output.weight
        step = block.attention
        return step.values(step.reads(hidden(trace, stack, layer))), step.output.weight


def head(module: Any) -> Any:
    """Return the matrix that turns the last hidden state into logits. Raises NotShownError when there is none."""
    found = module.get_output_embeddings()
    if found is None:
        raise NotShownError("This model has no language-model head, so it has no next-token probabilities.")
    return found


def logits_of_whole_head(
    module: Any, body: Any, hidden: Float[Tensor, "position d_model"]
) -> Float[Tensor, "position vocab"]:
    """Return the logits as the module itself works them out, whatever its head does besides a product with a matrix.

    The module reads one token, and what its body answers is exchanged for `hidden` before the head sees it. Raises
    NotShownError when there is no head, or when it does not take its input from the body.
    """
    head(module)
    seen = []

    def exchange(body: Any, arguments: Any, output: Any) -> Any:
        seen.append(True)
        output["last_hidden_state"] = hidden[None]  # (1, position, d_model)
        return output

    one_token = torch.zeros((1, 1), dtype=torch.long)
    ids = {"input_ids": one_token}
    if module.config.is_encoder_decoder:
        ids["decoder_input_ids"] = one_token
    hook = body.register_forward_hook(exchange)
    try:
        logits: Tensor = module(**ids, return_dict=True).logits[0]
    finally:
        hook.remove()
    if not seen:
        raise NotShownError("This app does not know how this model turns a hidden state into probabilities.")
    return logits


def column(module: Any, stack: StackName) -> Any:
    """Return the encoder or the decoder of an encoder-decoder."""
    return module.get_encoder() if stack == "encoder" else module.get_decoder()


def hidden(trace: Trace, stack: StackName, depth: int) -> Float[Tensor, "token d_model"]:
    """Return a stored hidden state as a tensor."""
    return torch.from_numpy(trace.stack_named(stack).hidden_states[depth].copy())


def weights(trace: Trace, kind: AttentionKind, layer: int) -> Float[Tensor, "head query key"]:
    """Return stored attention weights as a tensor."""
    return torch.from_numpy(trace.attention_of(kind).weights[layer].copy())


def position_ids(ids: Sequence[int] | Tensor, offset: int = 0) -> Int[Tensor, " token"]:
    """Return 0, 1, 2, ... for each token, plus the offset some families' tables begin with."""
    return torch.arange(len(ids)) + offset
