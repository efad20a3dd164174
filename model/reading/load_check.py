"""A freshly loaded model reads a few tokens: one that cannot be traced truthfully is refused before it is used."""

from typing import Any

import torch
from torch import Tensor

from headlight.model.admitting.architecture import Sizes
from headlight.model.admitting.facts import Kind
from headlight.model.errors import ModelBrokenError, ModelRefusedError, NotShownError
from headlight.model.families.base import Family

N_TOKENS = 3  # enough for a query with a key after it

NO_NUMBERS = "This model's weights give no numbers (infinite or not a number). Choose another model."


def probe(module: Any, family: Family, kind: Kind, sizes: Sizes, options: dict[str, Any]) -> bool:
    """Let a model read a few tokens and check what it returns. Return whether the family's `logits` are the model's.

    `options` are what its forward takes beyond IDs. Raises ModelRefusedError when it returns no attention weights for
    some layer, hidden states of several widths, or weights on later tokens in a decoder; ModelBrokenError when its
    numbers are none.
    """
    ids = torch.arange(N_TOKENS)[None] % sizes.vocab_size  # (1, token)
    with torch.inference_mode():
        if kind == "encoder-decoder":
            output = module(input_ids=ids, decoder_input_ids=ids, **options)
            _check_hidden(output.encoder_hidden_states, sizes.n_layers, sizes.d_model)
            hidden = _check_hidden(output.decoder_hidden_states, sizes.n_decoder_layers or 0, sizes.d_model)
            decoder_attentions = output.decoder_attentions
        else:
            output = module(ids, **options)
            hidden = _check_hidden(output.hidden_states, sizes.n_layers, sizes.d_model)
            decoder_attentions = output.attentions if kind == "decoder" else ()
        if any(bool(weights.triu(diagonal=1).any()) for weights in decoder_attentions or ()):
            raise ModelRefusedError(
                "This model does not read from left to right as its description says, so what it predicts next cannot "
                "be shown truthfully. Choose another model."
            )
        return _logits_agree(module, family, output, hidden)


def _check_hidden(hidden_states: tuple[Tensor, ...] | None, n_layers: int, d_model: int) -> Tensor:
    """Return the last hidden state, once there is one after each layer, of one width and of numbers."""
    if hidden_states is None or [each.shape[-1] for each in hidden_states] != [d_model] * (n_layers + 1):
        raise ModelRefusedError(
            "This model does not return a hidden state of one size after each of its layers, so its steps cannot be "
            "shown. Choose another model."
        )
    if not bool(hidden_states[-1].isfinite().all()):
        raise ModelBrokenError(NO_NUMBERS)
    return hidden_states[-1][0]  # (token, d_model)


def _logits_agree(module: Any, family: Family, output: Any, hidden: Tensor) -> bool:
    if module.get_output_embeddings() is None:
        return False
    try:
        ours = family.logits(module, hidden[-1:])  # (1, vocab)
    except NotShownError:
        return False
    return bool(torch.allclose(ours, output.logits[0, -1:], rtol=1e-4, atol=1e-4))
