"""The recurrent family: an LSTM (Hochreiter and Schmidhuber 1997), which reads one token after the other.

transformers has no such model, so config and model are here; they are saved, admitted and loaded as its own are.
"""

from typing import Any, ClassVar, no_type_check

from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutput
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from headlight.model.errors import NotShownError
from headlight.model.families.base import Family
from headlight.model.families.block import Block
from headlight.model.science.positions import Positions
from headlight.model.trace import PositionScheme, StackName

MODEL_TYPE = "headlight_lstm"


@no_type_check  # transformers makes it take any keyword, which the signature it leaves does not say
class LSTMConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """The sizes of the model. Every layer is as wide as the embeddings, which also make the logits."""

    model_type = MODEL_TYPE

    vocab_size: int = 8192
    hidden_size: int = 392
    num_hidden_layers: int = 3
    initializer_range: float = 0.05
    tie_word_embeddings: bool = True
    bos_token_id: int | None = 0
    eos_token_id: int | None = 0


class LSTMForCausalLM(PreTrainedModel):  # type: ignore[no-untyped-call]
    """Embeddings, a column of LSTM layers, and the embeddings again as the language-model head."""

    config_class = LSTMConfig
    base_model_prefix = ""
    _tied_weights_keys = {"lm_head.weight": "embeddings.weight"}  # noqa: RUF012 -- as transformers declares it

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        self.embeddings: nn.Module = nn.Embedding(config.vocab_size, width)
        self.layers = nn.ModuleList(nn.LSTM(width, width, batch_first=True) for _ in range(config.num_hidden_layers))
        self.lm_head = nn.Linear(width, config.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]

    def get_input_embeddings(self) -> nn.Module:
        """Return the embedding of the tokens."""
        return self.embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Exchange the embedding of the tokens."""
        self.embeddings = value

    def get_output_embeddings(self) -> nn.Module:
        """Return the head."""
        head: nn.Module = self.lm_head
        return head

    def forward(
        self,
        input_ids: Int[Tensor, "batch token"],
        *,
        output_hidden_states: bool = False,
        output_attentions: bool = False,
        return_dict: bool = True,
        logits_to_keep: int = 0,
    ) -> CausalLMOutput:
        """Return logits (of the last `logits_to_keep` tokens; 0: of all) and one hidden state per depth.

        There is no attention to return, whatever `output_attentions` says.
        """
        states: list[Float[Tensor, "batch token d_model"]] = [self.embeddings(input_ids)]
        for layer in self.layers:
            states.append(layer(states[-1])[0])  # (batch, token, d_model)
        logits: Float[Tensor, "batch token vocab"] = self.lm_head(states[-1][:, -logits_to_keep:])
        return CausalLMOutput(
            logits=logits, hidden_states=tuple(states) if output_hidden_states else None, attentions=()
        )


AutoConfig.register(MODEL_TYPE, LSTMConfig, exist_ok=True)
AutoModelForCausalLM.register(LSTMConfig, LSTMForCausalLM, exist_ok=True)
# Registering makes a kind loadable; known by name, as admission asks for it, it is only once it stands in this table.
MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[MODEL_TYPE] = LSTMForCausalLM.__name__


class Recurrent(Family):
    """An LSTM: nothing tells it where a token stands, and it has no attention."""

    name: ClassVar[str] = "LSTM"
    model_types: ClassVar[frozenset[str]] = frozenset({MODEL_TYPE})
    position_scheme: ClassVar[PositionScheme] = "none"

    def positions(self, module: Any, stack: StackName, n_tokens: int) -> Positions:
        raise NotShownError("Nothing tells this model where a token stands: it reads the tokens one after the other.")

    def block(self, module: Any, stack: StackName, layer: int) -> Block:
        raise NotShownError("This model has no attention, so it has no queries, keys and values.")
