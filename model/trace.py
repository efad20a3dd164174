"""The Trace: one run of one model on one text, as read-only NumPy arrays.

Everything the pages draw comes from here. No torch, no batch axis. A Trace is shared
between all users of the app, which is safe because nothing in it can be changed.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Bool, Float, Int

AttentionKind = Literal["encoder", "decoder", "cross"]
StackName = Literal["encoder", "decoder"]
# "unknown": a family nobody wrote a file for; the page says that it cannot show the scheme.
PositionScheme = Literal["learned", "sinusoidal", "rotary", "relative", "alibi", "none", "unknown"]


def frozen(array: Any, dtype: Any) -> np.ndarray:
    """Return a read-only copy of `array` as `dtype`; an array that is frozen already is returned as it is."""
    if isinstance(array, np.ndarray) and array.dtype == dtype and not array.flags.writeable and array.base is None:
        return array
    copy = np.array(array, dtype=dtype, order="C")
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelKey:
    """Which model: its name, and which state of its files."""

    name: str
    revision: str  # Hub commit, or "sha256:" and the first 12 digits over the folder's files


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceKey:
    """Which trace: all that decides its numbers, as plain values. Whoever holds a key can have the text read again.

    Equal keys mean equal numbers, and what is kept of a trace is kept under its key. So whatever is to change a run
    beyond model and texts must be a field here; `spelled` and every memory then tell the two apart by themselves.
    """

    model: ModelKey
    text: str  # as it is read: cleaned and cut
    target: str | None  # what an encoder-decoder's decoder was given; None: it reads what it writes itself

    @property
    def spelled(self) -> str:
        """The key as 16 hexadecimal digits, for where it must be short: a browser, a file name."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Attention:
    """The attention weights of one column of layers, with the tokens of both axes.

    Raises ValueError when the shape of `weights` does not fit the tokens.
    """

    kind: AttentionKind
    weights: Float[np.ndarray, "layer head query key"]  # after softmax; each row sums to 1 (attention sinks: less)
    visible: Bool[np.ndarray, "layer query key"]  # what the layer's mask leaves open; a weight of 0 there is a number
    query_tokens: tuple[str, ...]
    key_tokens: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.kind not in get_args(AttentionKind):
            raise ValueError(f"kind is {self.kind!r}, not one of {get_args(AttentionKind)}")
        object.__setattr__(self, "weights", frozen(self.weights, np.float32))
        if self.weights.ndim != 4 or self.weights.shape[2:] != (len(self.query_tokens), len(self.key_tokens)):
            raise ValueError(
                f"weights have shape {self.weights.shape}, but there are {len(self.query_tokens)} query tokens "
                f"and {len(self.key_tokens)} key tokens"
            )
        object.__setattr__(self, "visible", frozen(self.visible, np.bool_))
        if self.visible.shape != (self.n_layers, *self.weights.shape[2:]):
            raise ValueError(f"visible has shape {self.visible.shape}, weights have {self.weights.shape}")

    @property
    def n_layers(self) -> int:
        """How many layers there are."""
        return int(self.weights.shape[0])

    @property
    def n_heads(self) -> int:
        """How many heads a layer has."""
        return int(self.weights.shape[1])

    @property
    def causal(self) -> bool:
        """Whether a query sees only itself and what stood before it (decoder self-attention)."""
        return self.kind == "decoder"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stack:
    """One column of layers and the tokens it read.

    Raises ValueError when the parts do not agree on the number of tokens or on d_model.
    """

    name: StackName
    tokens: tuple[str, ...]  # as the tokenizer spells them ("Ġthe", "##ing", "▁book")
    pieces: tuple[bytes, ...]  # the UTF-8 bytes each token stands for (b" the", b"ing", b" book")
    ids: Int[np.ndarray, " token"]
    offsets: tuple[tuple[int, int], ...]  # character span of each token in the text it read
    special: Bool[np.ndarray, " token"]  # added by the tokenizer, not typed
    # d_embedding is d_model, but for a model that widens its embeddings afterwards (ALBERT)
    token_embeddings: Float[np.ndarray, "token d_embedding"]  # as added, after any scaling
    position_embeddings: Float[np.ndarray, "token d_embedding"] | None  # None: rotary, relative, ALiBi, recurrent
    type_embeddings: Float[np.ndarray, "token d_embedding"] | None  # BERT: token + position + type, then norm
    position_scheme: PositionScheme
    hidden_states: Float[np.ndarray, "depth token d_model"]  # depth = n_layers + 1, as transformers returns them

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozen(self.ids, np.int64))
        object.__setattr__(self, "special", frozen(self.special, np.bool_))
        for field in ("token_embeddings", "position_embeddings", "type_embeddings", "hidden_states"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, frozen(value, np.float32))
        n_tokens = len(self.tokens)
        sizes = {
            "pieces": len(self.pieces),
            "ids": len(self.ids),
            "offsets": len(self.offsets),
            "special": len(self.special),
            "token_embeddings": self.token_embeddings.shape[0],
            "hidden_states": self.hidden_states.shape[1],
        }
        for field in ("position_embeddings", "type_embeddings"):
            if getattr(self, field) is not None:
                sizes[field] = getattr(self, field).shape[0]
        wrong = {name: size for name, size in sizes.items() if size != n_tokens}
        if wrong:
            raise ValueError(f"the {self.name} has {n_tokens} tokens, but {wrong}")

    @property
    def n_layers(self) -> int:
        """How many layers the column has."""
        return int(self.hidden_states.shape[0]) - 1

    @property
    def d_model(self) -> int:
        """Size of a hidden state."""
        return int(self.hidden_states.shape[2])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trace:
    """One run of one model on one text. Immutable; shared between users."""

    key: TraceKey
    target_text: str | None  # encoder-decoder: what the decoder read, given or written by the model itself
    cut: tuple[int, int] | None  # characters and tokens dropped at the end, None when nothing was
    stacks: tuple[Stack, ...]  # 1, or (encoder, decoder)
    attentions: tuple[Attention, ...]  # () for a recurrent model; (encoder, decoder, cross) for encoder-decoder
    logits: Float[np.ndarray, " vocab"] | None  # last position, natural-log units; None for every encoder

    def __post_init__(self) -> None:
        if self.logits is not None:
            object.__setattr__(self, "logits", frozen(self.logits, np.float32))
        if len(self.stacks) not in (1, 2):
            raise ValueError(f"a trace has 1 stack or 2, not {len(self.stacks)}")

    @property
    def model_name(self) -> str:
        """The name of the model."""
        return self.key.model.name

    @property
    def revision(self) -> str:
        """The state of the model's files."""
        return self.key.model.revision

    @property
    def text(self) -> str:
        """What was read: cleaned and cut."""
        return self.key.text

    def attention_of(self, kind: AttentionKind) -> Attention:
        """Return the attention of a kind. Raises LookupError when the model has none such."""
        for attention in self.attentions:
            if attention.kind == kind:
                return attention
        raise LookupError(f"{self.model_name} has no attention of the kind {kind!r}")

    def stack_named(self, name: StackName) -> Stack:
        """Return the stack of a name. Raises LookupError when the model has none such."""
        for stack in self.stacks:
            if stack.name == name:
                return stack
        raise LookupError(f"{self.model_name} has no {name}")

    def stack_of(self, kind: AttentionKind, axis: Literal["query", "key"]) -> Stack:
        """Return the stack whose tokens stand on an axis of the attention of that kind."""
        if kind != "cross":
            return self.stack_named(kind)
        return self.stack_named("decoder" if axis == "query" else "encoder")
