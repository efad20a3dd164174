"""One forward pass: a loaded model and a text in, a Trace out. Runs on the engine's thread."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from headlight.model.admitting.loading import LoadedModel
from headlight.model.errors import ModelBrokenError, ModelRefusedError, TextError
from headlight.model.families.base import EmbeddingParts
from headlight.model.reading.load_check import NO_NUMBERS
from headlight.model.reading.tokens import MAX_TOKENS, Tokens, target_tokens, tokenise, written_tokens
from headlight.model.trace import Attention, AttentionKind, Stack, StackName, Trace, TraceKey


def read(loaded: LoadedModel, key: TraceKey) -> Trace:
    """Run the model on the text of a key, which is as the engine cleans and cuts it.

    Raises TextError when there is nothing to read, ModelRefusedError when the model returns no attention weights,
    ModelBrokenError when it cannot read the text or its numbers are none.
    """
    if not key.text.strip():
        raise TextError("There is no text to read yet. Type a sentence in the box.")
    tokens = tokenise(loaded.tokenizer, loaded.spell_token, key.text, _most_tokens(loaded))
    target_text = None
    with torch.inference_mode():
        if loaded.facts.kind == "encoder-decoder":
            decoder_tokens, target_text = _target(loaded, tokens, key.target)
            stacks, attentions, logits = _encoder_decoder(loaded, tokens, decoder_tokens)
            n_tokens_cut = tokens.n_cut + decoder_tokens.n_cut
        else:
            stacks, attentions, logits = _one_stack(loaded, tokens)
            n_tokens_cut = tokens.n_cut
    if not np.isfinite(stacks[-1].hidden_states[-1]).all() or not (logits is None or np.isfinite(logits).all()):
        raise ModelBrokenError(NO_NUMBERS)
    return Trace(
        key=key,
        target_text=target_text,
        cut=(0, n_tokens_cut) if n_tokens_cut else None,
        stacks=stacks,
        attentions=attentions,
        logits=logits,
    )


def _most_tokens(loaded: LoadedModel) -> int:
    return min(loaded.facts.context or MAX_TOKENS, MAX_TOKENS)


Run = tuple[tuple[Stack, ...], tuple[Attention, ...], np.ndarray | None]


def _one_stack(loaded: LoadedModel, tokens: Tokens) -> Run:
    """Run a decoder, an encoder or a recurrent model."""
    name: StackName = "encoder" if loaded.facts.kind == "encoder" else "decoder"
    output = _output(loaded, input_ids=torch.tensor([tokens.ids]))  # (1, token)
    stack = _stack(loaded, name, tokens, output.hidden_states)
    attentions: tuple[Attention, ...] = ()
    if loaded.facts.n_heads:
        weights = _stacked(getattr(output, "attentions", None), loaded.facts.n_layers)
        attentions = (_attention(loaded, name, weights, stack, stack),)
    return (stack,), attentions, _last_logits(loaded, output)


def _encoder_decoder(loaded: LoadedModel, tokens: Tokens, target: Tokens) -> Run:
    """Run encoder and decoder: one teacher-forced pass over the start token and the target.

    Row t of the decoder and of cross-attention is what predicts the target's token t + 1.
    """
    output = _output(
        loaded,
        input_ids=torch.tensor([tokens.ids]),  # (1, source)
        decoder_input_ids=torch.tensor([target.ids]),  # (1, target)
    )
    encoder = _stack(loaded, "encoder", tokens, output.encoder_hidden_states)
    decoder = _stack(loaded, "decoder", target, output.decoder_hidden_states)
    n_layers, n_decoder_layers = loaded.facts.n_layers, loaded.facts.n_decoder_layers or loaded.facts.n_layers
    attentions = (
        _attention(loaded, "encoder", _stacked(output.encoder_attentions, n_layers), encoder, encoder),
        _attention(loaded, "decoder", _stacked(output.decoder_attentions, n_decoder_layers), decoder, decoder),
        _attention(loaded, "cross", _stacked(output.cross_attentions, n_decoder_layers), decoder, encoder),
    )
    return (encoder, decoder), attentions, _last_logits(loaded, output)


def _target(loaded: LoadedModel, source: Tokens, target: str | None) -> tuple[Tokens, str]:
    """Return what the decoder reads: its tokens, the start token first, and its text.

    The closing token is left out: the decoder is asked for it.
    """
    assert loaded.start_id is not None
    if target is not None:
        tokens = target_tokens(loaded.tokenizer, loaded.spell_token, target, _most_tokens(loaded), loaded.start_id)
        return tokens, target
    ids = _written(loaded, source) if loaded.facts.predicts_next else ()
    return written_tokens(loaded.tokenizer, loaded.spell_token, (loaded.start_id, *ids))


def _written(loaded: LoadedModel, source: Tokens) -> tuple[int, ...]:
    """Return what an encoder-decoder writes itself, the likeliest token at every step, without start and closing."""
    written = loaded.module.generate(torch.tensor([source.ids]), generation_config=loaded.greedy)[0].tolist()
    ends = loaded.greedy.eos_token_id
    closing = set(ends if isinstance(ends, list) else [ends])
    ids = written[1:]  # the start token is the first
    return tuple(ids[:-1] if ids and ids[-1] in closing else ids)


def _output(loaded: LoadedModel, **ids: Tensor) -> Any:
    try:
        return loaded.module(**ids, **loaded.forward_options)
    except Exception as error:  # an architecture with a limit that its config does not state, for one
        raise ModelBrokenError("This model cannot read this text. Try a shorter one, or another model.") from error


def _stack(loaded: LoadedModel, name: StackName, tokens: Tokens, hidden_states: tuple[Tensor, ...]) -> Stack:
    parts: EmbeddingParts = loaded.family.embeddings(loaded.module, name, torch.tensor(tokens.ids))
    return Stack(
        name=name,
        tokens=tokens.tokens,
        pieces=tokens.pieces,
        ids=np.array(tokens.ids),
        offsets=tokens.offsets,
        special=np.array(tokens.special),
        token_embeddings=parts.token.numpy(),
        position_embeddings=None if parts.position is None else parts.position.numpy(),
        type_embeddings=None if parts.type is None else parts.type.numpy(),
        position_scheme=loaded.facts.position_scheme,
        hidden_states=_joined(hidden_states),  # (depth, token, d_model)
    )


def _attention(loaded: LoadedModel, kind: AttentionKind, weights: np.ndarray, query: Stack, key: Stack) -> Attention:
    return Attention(
        kind=kind,
        weights=weights,
        visible=loaded.family.visible(loaded.module, kind, weights),
        query_tokens=query.tokens,
        key_tokens=key.tokens,
    )


def _stacked(attentions: tuple[Tensor, ...] | None, n_layers: int) -> Float[np.ndarray, "layer head query key"]:
    """Stack the weights of all layers; a model that returns fewer is refused, never shown in part."""
    if attentions is None or len(attentions) != n_layers:
        raise ModelRefusedError(
            f"This model returns attention weights for {len(attentions or ())} of its {n_layers} layers, "
            "so its attention cannot be shown truthfully. Choose another model."
        )
    return _joined(attentions)


def _joined(tensors: tuple[Tensor, ...]) -> np.ndarray:
    """Join tensors along their batch axis of 1, into memory of NumPy's own that a Trace need not copy once more."""
    joined = np.concatenate([tensor.numpy() for tensor in tensors])
    joined.setflags(write=False)
    return joined


def _last_logits(loaded: LoadedModel, output: Any) -> Float[np.ndarray, " vocab"] | None:
    return output.logits[0, -1].numpy() if loaded.facts.predicts_next else None
