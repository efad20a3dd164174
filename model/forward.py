"""One forward pass: a loaded model and a text in, a Trace out. Runs on the engine's thread."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model.errors import ModelBrokenError, ModelRefusedError, TextError
from model.families.base import EmbeddingParts
from model.loading import LoadedModel
from model.tokens import MAX_TOKENS, Tokens, clean, shorten, tokenise
from model.trace import Attention, AttentionKind, Stack, StackName, Trace

MAX_WRITTEN_TOKENS = 64  # of an encoder-decoder's own output


def read(loaded: LoadedModel, text: str, target: str | None = None) -> Trace:
    """Run the model on a text. `target` is what an encoder-decoder's decoder reads; None: its own greedy output.

    Raises TextError when there is nothing to read, ModelRefusedError when the model returns no attention weights.
    """
    text, n_characters_cut = shorten(clean(text)[0])
    if not text.strip():
        raise TextError("There is no text to read yet. Type a sentence in the box.")
    tokens = tokenise(loaded.tokenizer, loaded.spell_token, text, _most_tokens(loaded))
    with torch.inference_mode():
        run = _encoder_decoder if loaded.facts.kind == "encoder-decoder" else _one_stack
        stacks, attentions, logits, target_text, n_target_cut = run(loaded, tokens, target)
    n_tokens_cut = tokens.n_cut + n_target_cut
    return Trace(
        model_name=loaded.facts.name,
        revision=loaded.facts.revision,
        text=text,
        target_text=target_text,
        cut=(n_characters_cut, n_tokens_cut) if n_characters_cut or n_tokens_cut else None,
        stacks=stacks,
        attentions=attentions,
        logits=logits,
    )


def _most_tokens(loaded: LoadedModel) -> int:
    return min(loaded.facts.context or MAX_TOKENS, MAX_TOKENS)


Run = tuple[tuple[Stack, ...], tuple[Attention, ...], np.ndarray | None, str | None, int]


def _one_stack(loaded: LoadedModel, tokens: Tokens, target: str | None) -> Run:
    """Run a decoder, an encoder or a recurrent model."""
    name: StackName = "encoder" if loaded.facts.kind == "encoder" else "decoder"
    ids = torch.tensor(tokens.ids)  # (token,)
    output = loaded.module(ids[None], **loaded.forward_options)
    stack = _stack(loaded, name, tokens, output.hidden_states)
    attentions: tuple[Attention, ...] = ()
    if loaded.facts.n_heads:
        weights = _stacked(getattr(output, "attentions", None), loaded.facts.n_layers)
        attentions = (_attention(name, weights, stack, stack),)
    logits = _numpy(output.logits[0, -1]) if loaded.facts.predicts_next else None  # (vocab,)
    if logits is not None and not np.isfinite(logits).all():
        raise ModelBrokenError("This model's weights give no numbers (infinite or not a number). Choose another model.")
    return (stack,), attentions, logits, None, 0


def _encoder_decoder(loaded: LoadedModel, tokens: Tokens, target: str | None) -> Run:
    """Run encoder and decoder: one teacher-forced pass over the start token and the target."""
    ids = torch.tensor(tokens.ids)[None]  # (1, source)
    target_tokens = _target_tokens(loaded, ids, target)
    output = loaded.module(
        input_ids=ids,
        decoder_input_ids=torch.tensor(target_tokens.ids)[None],  # (1, target)
        **loaded.forward_options,
    )
    encoder = _stack(loaded, "encoder", tokens, output.encoder_hidden_states)
    decoder = _stack(loaded, "decoder", target_tokens, output.decoder_hidden_states)
    n_layers, n_decoder_layers = loaded.facts.n_layers, loaded.facts.n_decoder_layers or loaded.facts.n_layers
    attentions = (
        _attention("encoder", _stacked(output.encoder_attentions, n_layers), encoder, encoder),
        _attention("decoder", _stacked(output.decoder_attentions, n_decoder_layers), decoder, decoder),
        _attention("cross", _stacked(output.cross_attentions, n_decoder_layers), decoder, encoder),
    )
    text = b"".join(
        piece for piece, special in zip(target_tokens.pieces, target_tokens.special, strict=True) if not special
    ).decode(errors="replace")
    logits = _numpy(output.logits[0, -1]) if loaded.facts.predicts_next else None
    return (encoder, decoder), attentions, logits, text.strip(), target_tokens.n_cut


def _target_tokens(loaded: LoadedModel, source_ids: Tensor, target: str | None) -> Tokens:
    """Return the start token and the target's tokens, without the closing one: the decoder predicts that itself."""
    start = int(loaded.module.config.decoder_start_token_id)
    if target is None:
        written = loaded.module.generate(
            source_ids, max_new_tokens=MAX_WRITTEN_TOKENS, do_sample=False, num_beams=1, use_cache=True
        )[0]
        ids = [int(each) for each in written[1:]]  # the first is the start token
        while ids and ids[-1] in (loaded.module.config.eos_token_id, loaded.module.config.pad_token_id):
            ids.pop()
        return _spelled(loaded, start, ids)
    raise NotImplementedError


def _spelled(loaded: LoadedModel, start: int, ids: Sequence[int]) -> Tokens:
    raise NotImplementedError


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
        position_scheme=loaded.family.position_scheme,
        hidden_states=torch.cat(hidden_states).numpy(),  # (depth, token, d_model): each comes with a batch axis of 1
    )


def _attention(kind: AttentionKind, weights: np.ndarray, query: Stack, key: Stack) -> Attention:
    return Attention(kind=kind, weights=weights, query_tokens=query.tokens, key_tokens=key.tokens)


def _stacked(attentions: tuple[Tensor, ...] | None, n_layers: int) -> Float[np.ndarray, "layer head query key"]:
    """Stack the weights of all layers; a model that returns fewer is refused, never shown in part."""
    if attentions is None or len(attentions) != n_layers:
        raise ModelRefusedError(
            f"This model returns attention weights for {len(attentions or ())} of its {n_layers} layers, "
            "so its attention cannot be shown truthfully. Choose another model."
        )
    return torch.cat(attentions).numpy()


def _numpy(tensor: Any) -> np.ndarray:
    return np.asarray(tensor)
