"""A trace in two files: its arrays as safetensors, and beside them what is no array, as JSON.

Tensors bear the names that TransformerLens gives its hooks, without a batch axis, where it has a name for exactly that
quantity; all others begin with `headlight.`. l counts layers, d depths; a stack is "encoder" or "decoder".

    of an encoder or a decoder alone
        blocks.{l}.hook_resid_pre             token, d_model        what goes into block l: the hidden state at depth l
        blocks.{l}.attn.hook_pattern          head, query, key      attention weights, after softmax
        hook_embed, hook_pos_embed            token, d_model        of a decoder, when the two together are what goes
                                                                    into block 0 (in BLOOM a norm comes in between)
        embed.hook_embed, embed.hook_pos_embed, embed.hook_token_type_embed
                                              token, d_embedding    of an encoder: the parts, before the norm
    of an encoder-decoder
        encoder.{l}.hook_resid_pre, decoder.{l}.hook_resid_pre, encoder.{l}.attn.hook_pattern,
        decoder.{l}.attn.hook_pattern, decoder.{l}.cross_attn.hook_pattern
        hook_embed, hook_pos_embed            token, d_model        of the encoder, as of a decoder alone
    without a name in TransformerLens
        headlight.{stack}.token_embeddings, .position_embeddings, .type_embeddings      where the names above do not fit
        headlight.{stack}.hidden_states.{d}   token, d_model        the last depth, which in most models comes after the
                                                                    final norm, weights included, and every depth of a
                                                                    model without attention
        headlight.{kind}.visible              layer, query, key     what the mask leaves open
        headlight.logits                      vocab                 at the last position

The JSON says which model and revision read which text ("given": what a decoder was given to read, null when it wrote
its own), holds tokens, ids and offsets, names the tensor of each part,
and has the checksum of the tensors.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as tensors_from
from safetensors.numpy import save as bytes_of

from headlight.model.errors import TraceFileError
from headlight.model.trace import Attention, ModelKey, PositionScheme, Stack, StackName, Trace, TraceKey

FORMAT = "headlight trace"
VERSION = 1
HOOKS = {  # TransformerLens's, of the parts that are added to make the input of the first block
    "token_embeddings": "hook_embed",
    "position_embeddings": "hook_pos_embed",
    "type_embeddings": "hook_token_type_embed",
}

Tensors = dict[str, np.ndarray]


def save(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace: its arrays to `path`, which ends in .safetensors, and the rest to a .json of that name beside it.

    Raises TraceFileError when the name does not end so, or the JSON would take the place of another program's; OSError
    when a file cannot be written.
    """
    path = _checked(path)
    beside = path.with_suffix(".json")
    if beside.exists() and not _is_ours(_parsed(beside)):
        raise TraceFileError(
            f"Beside it a trace needs a file {beside.name}, but there is one that Headlight did not write. Choose "
            "another name."
        )
    tensors: Tensors = {}
    about = {
        "format": FORMAT,
        "version": VERSION,
        "model": trace.model_name,
        "revision": trace.revision,
        "text": trace.text,
        "target": trace.target_text,
        "given": trace.key.target,
        "cut": trace.cut,
        "stacks": [_stack_to(tensors, trace, stack) for stack in trace.stacks],
        "attentions": [_attention_to(tensors, trace, attention) for attention in trace.attentions],
        "logits": None if trace.logits is None else _put(tensors, "headlight.logits", trace.logits),
    }
    written = bytes_of(tensors, metadata={"format": FORMAT, "beside": beside.name})
    path.write_bytes(written)
    about["sha256"] = hashlib.sha256(written).hexdigest()
    beside.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def load(path: str | os.PathLike[str]) -> Trace:
    """Return the trace that `save` wrote to `path`, bit for bit. Neither the model nor torch is needed.

    Raises TraceFileError when a file is missing, damaged, or was not written by `save`.
    """
    path = _checked(path)
    beside = path.with_suffix(".json")
    for each in (path, beside):
        if not each.is_file():
            raise TraceFileError(
                f"There is no file {each.name}. A trace is two files side by side, {path.name} and {beside.name}."
            )
    about = _parsed(beside)
    if not _is_ours(about):
        raise TraceFileError(f"{beside.name} is damaged, or was not written by Headlight.")
    if about.get("version") != VERSION:
        raise TraceFileError(f"{beside.name} was written by another version of Headlight. Save the trace again.")
    try:
        written = path.read_bytes()
        if about["sha256"] != hashlib.sha256(written).hexdigest():
            raise TraceFileError(f"{path.name} is damaged, or does not belong to {beside.name}. Copy both again.")
        return _trace_from(about, tensors_from(written))
    except (KeyError, TypeError, ValueError, AttributeError, OSError, SafetensorError) as error:
        raise TraceFileError(f"{path.name} and {beside.name} cannot be read as a trace. Copy both again.") from error


def _checked(path: str | os.PathLike[str]) -> Path:
    path = Path(path)
    if path.suffix != ".safetensors":
        raise TraceFileError(f"The file of a trace is called something.safetensors, not {path.name or 'nothing'}.")
    return path


def _parsed(file: Path) -> Any:
    """Return what a JSON file holds; None when it holds none."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _is_ours(about: Any) -> bool:
    return isinstance(about, dict) and about.get("format") == FORMAT


def _stack_to(tensors: Tensors, trace: Trace, stack: Stack) -> dict[str, Any]:
    """Put the arrays of a stack among the tensors, and return the rest with the names they got there."""
    alone = len(trace.stacks) == 1
    parts = {part: array for part in HOOKS if (array := getattr(stack, part)) is not None}
    if alone and stack.name == "encoder":
        prefix, hooked = "embed.", True
    else:  # TransformerLens has no hook on the embeddings of a second stack
        prefix = ""
        hooked = bool(trace.attentions) and stack is trace.stacks[0] and _add_up(parts.values(), stack.hidden_states[0])
    named = {part: prefix + HOOKS[part] if hooked else f"headlight.{stack.name}.{part}" for part in parts}
    blocks = "blocks" if alone else stack.name
    return {
        "name": stack.name,
        "tokens": stack.tokens,
        "pieces": [piece.hex() for piece in stack.pieces],
        "ids": stack.ids.tolist(),
        "offsets": stack.offsets,
        "special": stack.special.tolist(),
        "position_scheme": stack.position_scheme,
        **{part: _put(tensors, named[part], parts[part]) if part in parts else None for part in HOOKS},
        "hidden_states": [
            _put(
                tensors,
                f"{blocks}.{depth}.hook_resid_pre"
                if trace.attentions and depth < stack.n_layers
                else f"headlight.{stack.name}.hidden_states.{depth}",
                state,
            )
            for depth, state in enumerate(stack.hidden_states)
        ],
    }


def _attention_to(tensors: Tensors, trace: Trace, attention: Attention) -> dict[str, Any]:
    """Put the arrays of an attention among the tensors, and return the rest with the names they got there."""
    blocks = "blocks" if len(trace.stacks) == 1 else trace.stack_of(attention.kind, "query").name
    hook = "cross_attn.hook_pattern" if attention.kind == "cross" else "attn.hook_pattern"
    return {
        "kind": attention.kind,
        "query_tokens": attention.query_tokens,
        "key_tokens": attention.key_tokens,
        "weights": [
            _put(tensors, f"{blocks}.{layer}.{hook}", weights) for layer, weights in enumerate(attention.weights)
        ],
        "visible": _put(tensors, f"headlight.{attention.kind}.visible", attention.visible),
    }


def _put(tensors: Tensors, name: str, array: np.ndarray) -> str:
    tensors[name] = array
    return name


def _add_up(parts: Iterable[np.ndarray], whole: np.ndarray) -> bool:
    parts = list(parts)
    return all(part.shape == whole.shape for part in parts) and np.allclose(sum(parts), whole, rtol=1e-4, atol=1e-5)


def _trace_from(about: dict[str, Any], tensors: Tensors) -> Trace:
    return Trace(
        key=TraceKey(
            model=ModelKey(name=_string(about["model"]), revision=_string(about["revision"])),
            text=_string(about["text"]),
            target=None if about["given"] is None else _string(about["given"]),
        ),
        target_text=None if about["target"] is None else _string(about["target"]),
        cut=None if about["cut"] is None else _pair(about["cut"]),
        stacks=tuple(_stack_from(each, tensors) for each in about["stacks"]),
        attentions=tuple(_attention_from(each, tensors) for each in about["attentions"]),
        logits=None if about["logits"] is None else tensors[about["logits"]],
    )


def _stack_from(about: dict[str, Any], tensors: Tensors) -> Stack:
    if about["name"] not in get_args(StackName) or about["position_scheme"] not in get_args(PositionScheme):
        raise ValueError(f"{about['name']}, {about['position_scheme']}")
    parts = {part: None if about[part] is None else tensors[about[part]] for part in HOOKS}
    return Stack(
        name=about["name"],
        tokens=_strings(about["tokens"]),
        pieces=tuple(bytes.fromhex(piece) for piece in about["pieces"]),
        ids=np.array(about["ids"], dtype=np.int64),
        offsets=tuple(_pair(each) for each in about["offsets"]),
        special=np.array(about["special"], dtype=np.bool_),
        position_scheme=about["position_scheme"],
        hidden_states=np.stack([tensors[name] for name in about["hidden_states"]]),  # (depth, token, d_model)
        **parts,  # type: ignore[arg-type]
    )


def _attention_from(about: dict[str, Any], tensors: Tensors) -> Attention:
    return Attention(
        kind=about["kind"],
        weights=np.stack([tensors[name] for name in about["weights"]]),  # (layer, head, query, key)
        visible=tensors[about["visible"]],
        query_tokens=_strings(about["query_tokens"]),
        key_tokens=_strings(about["key_tokens"]),
    )


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no string")
    return value


def _strings(values: Any) -> tuple[str, ...]:
    return tuple(_string(each) for each in values)


def _pair(value: Any) -> tuple[int, int]:
    first, second = value
    if not (isinstance(first, int) and isinstance(second, int)):
        raise TypeError(f"{value!r} is no pair of integers")
    return first, second
