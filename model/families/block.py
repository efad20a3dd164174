"""The parts of a block, under the same names in every family, in the order in which the model applies them.

Each step reads the stream, works something out, and is added to the stream:

    read = norm_before(stream)
    stream = norm_after(stream + step(read))

A norm that the model does not have is None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A matrix, and what is added to the product with it: the model's own memory, do not change."""

    weight: Float[Tensor, "given got"]
    bias: Float[Tensor, " got"] | None = None

    def __call__(self, states: Float[Tensor, "*rows given"]) -> Float[Tensor, "*rows got"]:
        """Return states times the matrix, plus the bias."""
        product = states @ self.weight
        return product if self.bias is None else product + self.bias


def linear(module: Any) -> Linear:
    """Return the matrix of torch's own Linear, which keeps it the other way round."""
    return Linear(module.weight.detach().T, None if module.bias is None else module.bias.detach())


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Step:
    """What every step of a block has: the norms around it."""

    norm_before: Any = None  # a module, or None
    norm_after: Any = None
    carries_normed: bool = False  # the sum is taken with what the norm before gave, not with the stream itself

    def reads(self, stream: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        """Return what the step works with."""
        read: Tensor = stream if self.norm_before is None else self.norm_before(stream)
        return read

    def adds(
        self, stream: Float[Tensor, "token d_model"], output: Float[Tensor, "token d_model"]
    ) -> Float[Tensor, "token d_model"]:
        """Return the stream after the step's output was added to it."""
        total = (self.reads(stream) if self.carries_normed else stream) + output
        after: Tensor = total if self.norm_after is None else self.norm_after(total)
        return after


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AttentionStep(Step):
    """An attention: from what it reads to queries, keys and values, and from what the heads give back to the stream."""

    query: Linear
    key: Linear
    value: Linear
    output: Linear  # of the heads' outputs, side by side
    n_heads: int
    n_kv_heads: int  # fewer than n_heads: so many sets of keys and values, each shared by as many heads
    scale: float  # of the scores
    query_norm: Callable[[Tensor], Tensor] | None = None  # of each head's queries
    key_norm: Callable[[Tensor], Tensor] | None = None

    def queries(self, read: Float[Tensor, "token d_model"]) -> Float[Tensor, "head token d_head"]:
        """Return the queries of all heads, before any rotation."""
        queries = split_heads(self.query(read), self.n_heads)
        return queries if self.query_norm is None else self.query_norm(queries)

    def keys(self, read: Float[Tensor, "token d_model"]) -> Float[Tensor, "kv_head token d_head"]:
        """Return the keys of all sets, before any rotation."""
        keys = split_heads(self.key(read), self.n_kv_heads)
        return keys if self.key_norm is None else self.key_norm(keys)

    def values(self, read: Float[Tensor, "token d_model"]) -> Float[Tensor, "head token d_head"]:
        """Return the values that each head reads; heads that share them have the same."""
        values = split_heads(self.value(read), self.n_kv_heads)
        return values.repeat_interleave(self.n_heads // self.n_kv_heads, dim=0)

    def set_of(self, head: int) -> int:
        """Return which set of keys a head reads."""
        return head // (self.n_heads // self.n_kv_heads)

    def gives(
        self, weights: Float[Tensor, "head query key"], values: Float[Tensor, "head key d_head"]
    ) -> Float[Tensor, "query d_model"]:
        """Return what all heads together add to the stream."""
        return self.output(join_heads(weights @ values))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FeedForwardStep(Step):
    """A feed-forward network: wider, a bend, and back; or, with a gate, the bend of one product times another."""

    up: Linear
    gate: Linear | None = None  # the bend is applied to its product, and multiplied with that of `up`
    bend: Callable[[Tensor], Tensor]  # the activation function
    down: Linear

    def hidden(self, read: Float[Tensor, "token d_model"]) -> Float[Tensor, "token unit"]:
        """Return the hidden units."""
        return self.bend(self.up(read)) if self.gate is None else self.bend(self.gate(read)) * self.up(read)

    def gives(self, read: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        """Return what the network adds to the stream."""
        return self.down(self.hidden(read))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Block:
    """One layer of a stack: its steps one after the other."""

    attention: AttentionStep
    cross: AttentionStep | None = None  # the decoder of an encoder-decoder reads the encoder
    feed_forward: FeedForwardStep


def split_heads(projected: Float[Tensor, "token width"], n_heads: int) -> Float[Tensor, "head token d_head"]:
    """Cut a projection into its heads, which lie side by side in it."""
    return projected.reshape(len(projected), n_heads, -1).transpose(0, 1)


def join_heads(heads: Float[Tensor, "head token d_head"]) -> Float[Tensor, "token width"]:
    """Lay heads side by side again: the inverse of `split_heads`."""
    return heads.transpose(0, 1).reshape(heads.shape[1], -1)
