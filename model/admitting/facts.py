"""Where a model is, and what the app says about it: plain facts, no torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from headlight.model.trace import ModelKey, PositionScheme

Kind = Literal["decoder", "encoder", "encoder-decoder", "recurrent"]

NO_ATTENTION = (
    "This model has no attention: it reads the tokens one after the other, so there are no attention maps to show."
)
NO_MASK = (
    "This model's tokenizer has no mask token, the one that stands in place of a hidden word, so the model cannot be "
    "asked to fill in a blank."
)
NO_LOGITS_OF_EACH = "This app cannot work out from the hidden states what this model expected at each token."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A model that may be opened: the name it goes by and the folder its files are in."""

    name: str
    folder: Path
    origin: Literal["bundled", "hub", "folder"]
    commit: str | None = None  # Hub only


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """Sizes and limits of a loaded model, and what the app cannot show of it."""

    name: str
    revision: str
    family: str  # "GPT-2"
    model_type: str  # config.model_type
    kind: Kind
    n_layers: int  # of the encoder, for an encoder-decoder
    n_decoder_layers: int | None  # encoder-decoder only
    n_heads: int  # query heads; 0 for a model without attention
    n_kv_heads: int  # fewer than n_heads: grouped-query attention
    d_model: int
    d_head: int
    vocab_size: int
    context: int | None  # most tokens it can read; None: no fixed limit
    n_parameters: int
    position_scheme: PositionScheme
    predicts_next: bool  # has a language-model head that reads from left to right
    mask: str | None  # what a masked language model reads in place of a hidden token ("[MASK]"); None: no such model
    cannot_show: tuple[str, ...]  # whole sentences, shown on screen
    card: str | None  # the model card, Markdown; None when there is none
    card_is_ours: bool  # only a bundled model's card is trusted to be rendered as Markdown

    @property
    def key(self) -> ModelKey:
        """What the model is asked under."""
        return ModelKey(name=self.name, revision=self.revision)
