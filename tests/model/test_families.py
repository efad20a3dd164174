"""Every family: oracles that any correct Trace obeys, and the numbers of a model that was loaded apart from ours."""

from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from headlight.model import questions
from headlight.model.errors import NotShownError
from headlight.model.science.attention import visible_cells
from headlight.model.science.positions import AddedPositions
from headlight.model.trace import Stack, Trace
from tests.model.conftest import TARGET, TEXT, Subject
from tests.tiny import N_DECODER_LAYERS, N_LAYERS


def test_rows_of_every_head_sum_to_one_or_to_less_where_there_are_sinks(with_attention: Subject) -> None:
    for attention in with_attention.trace.attentions:
        sums = attention.weights.sum(axis=-1)
        assert (attention.weights >= 0).all()
        if with_attention.kind == "gpt_oss":  # each head has a sink that takes part of the weight and is no token
            assert (sums < 1).all()
            assert (sums > 0).all()
        else:
            np.testing.assert_allclose(sums, 1, atol=1e-5)


def test_no_query_of_a_decoder_reads_what_comes_after_it(causal: Subject) -> None:
    weights = causal.attention("decoder").weights
    assert (np.triu(weights, k=1) == 0).all()
    if causal.kind != "gpt_oss":
        assert (weights[:, :, 0, 0] == 1).all()


def test_an_encoder_reads_both_ways(encoder: Subject) -> None:
    (attention,) = encoder.trace.attentions
    assert attention.kind == "encoder"
    assert (np.triu(attention.weights, k=1) > 0).any()
    assert (np.tril(attention.weights, k=-1) > 0).any()


def test_the_first_tokens_alone_give_the_top_left_block(decoder: Subject) -> None:
    prefix = decoder.run("The teacher taught")
    n_tokens = len(prefix.stacks[0].tokens)
    assert prefix.stacks[0].tokens == decoder.trace.stacks[0].tokens[:n_tokens]
    assert 1 < n_tokens < len(decoder.trace.stacks[0].tokens)
    block = decoder.trace.attentions[0].weights[:, :, :n_tokens, :n_tokens]
    np.testing.assert_allclose(prefix.attentions[0].weights, block, atol=1e-5)
    # The last depth of a decoder is after the final norm at every position, so it can be compared as well.
    np.testing.assert_allclose(
        prefix.stacks[0].hidden_states, decoder.trace.stacks[0].hidden_states[:, :n_tokens], atol=1e-4
    )


def test_hidden_states_and_attention_are_what_a_model_loaded_apart_returns(any_model: Subject) -> None:
    library, trace = any_model.library, any_model.trace
    of_stacks: tuple[Any, ...]
    of_attentions: tuple[Any, ...]
    if any_model.facts.kind == "encoder-decoder":
        of_stacks = (library.encoder_hidden_states, library.decoder_hidden_states)
        of_attentions = (library.encoder_attentions, library.decoder_attentions, library.cross_attentions)
    else:
        of_stacks = (library.hidden_states,)
        of_attentions = (library.attentions,) if trace.attentions else ()
    for stack, theirs in zip(trace.stacks, of_stacks, strict=True):
        # OPT narrows its last hidden state; the trace holds it as wide as all others.
        depths = stack.n_layers if any_model.kind == "opt-post-norm" else stack.n_layers + 1
        assert len(theirs) == stack.n_layers + 1
        for ours, tensor in zip(stack.hidden_states[:depths], theirs[:depths], strict=True):
            np.testing.assert_allclose(ours, tensor[0], atol=1e-5)
    for attention, theirs in zip(trace.attentions, of_attentions, strict=True):
        np.testing.assert_allclose(attention.weights, torch.cat(theirs), atol=1e-6)


def test_logits_are_what_a_model_loaded_apart_returns(with_head: Subject) -> None:
    n_tokens = len(with_head.trace.stacks[-1].tokens)
    ours = questions.logits_at(with_head.trace, range(n_tokens))
    np.testing.assert_allclose(ours, with_head.library.logits[0], atol=1e-4)
    if with_head.facts.predicts_next:
        assert with_head.trace.logits is not None
        np.testing.assert_allclose(ours[-1], with_head.trace.logits, atol=1e-4)
    else:
        assert with_head.facts.kind == "encoder"
        assert with_head.trace.logits is None


def test_a_trace_has_one_hidden_state_more_than_layers(any_model: Subject) -> None:
    facts, stacks = any_model.facts, any_model.trace.stacks
    assert facts.n_layers == N_LAYERS
    assert stacks[0].hidden_states.shape == (N_LAYERS + 1, len(stacks[0].tokens), facts.d_model)
    if facts.kind == "encoder-decoder":
        assert facts.n_decoder_layers == N_DECODER_LAYERS
        assert stacks[1].hidden_states.shape == (N_DECODER_LAYERS + 1, len(stacks[1].tokens), facts.d_model)
    else:
        assert facts.n_decoder_layers is None
    for attention in any_model.trace.attentions:
        assert attention.n_heads == facts.n_heads


def _norm(subject: Subject, stack: Stack) -> Any:
    """Return the norm that stands between the sum of the parts and the first hidden state."""
    body = subject.module.base_model
    if subject.kind.startswith(("bert", "roberta")):
        return body.embeddings.LayerNorm
    if subject.kind.startswith("bart"):
        return (body.encoder if stack.name == "encoder" else body.decoder).layernorm_embedding
    if subject.kind == "bloom":
        return body.word_embeddings_layernorm
    return torch.nn.Identity()


def test_the_first_hidden_state_is_the_sum_of_the_parts(described_or_body: Subject) -> None:
    for stack in described_or_body.trace.stacks:
        total = stack.token_embeddings.copy()
        for part in (stack.position_embeddings, stack.type_embeddings):
            if part is not None:
                total += part
        with torch.inference_mode():
            normed = _norm(described_or_body, stack)(torch.from_numpy(total))
        np.testing.assert_allclose(normed, stack.hidden_states[0], atol=1e-5)


def test_a_token_embedding_is_a_row_of_the_vocabulary(any_model: Subject) -> None:
    loaded = any_model.loaded
    with torch.inference_mode():
        table = loaded.family.vocabulary(loaded.module).numpy()
    assert len(table) == any_model.facts.vocab_size
    for stack in any_model.trace.stacks:
        np.testing.assert_allclose(table[stack.ids], stack.token_embeddings, atol=1e-6)


def test_position_vectors_are_those_that_were_added(described: Subject) -> None:
    for stack in described.trace.stacks:
        if stack.position_embeddings is None:
            assert stack.position_scheme in ("rotary", "relative", "alibi")
            continue
        scheme = questions.positions(described.trace, stack.name)
        assert isinstance(scheme, AddedPositions)
        np.testing.assert_array_equal(scheme.vectors[: len(stack.tokens)], stack.position_embeddings)
        assert len(scheme.vectors) == described.facts.context
        assert scheme.learned == (stack.position_scheme == "learned")


def test_head_vectors_give_the_weights_the_library_gave(described_or_body: Subject) -> None:
    trace = described_or_body.trace
    for attention in trace.attentions:
        for layer in range(attention.n_layers):
            for head in range(attention.n_heads):
                vectors = questions.head_vectors(trace, attention, layer, head)
                assert vectors.query.shape[1] == described_or_body.facts.d_head
                assert (attention.weights[layer, head][~vectors.visible] == 0).all()
                np.testing.assert_allclose(vectors.weights(), attention.weights[layer, head], atol=1e-5)


def test_heads_of_a_group_share_key_and_value(rotary: Subject) -> None:
    trace, facts = rotary.trace, rotary.facts
    assert (facts.n_heads, facts.n_kv_heads) == (4, 2)
    vectors = [questions.head_vectors(trace, trace.attentions[0], 1, head) for head in range(4)]
    for first, second in ((0, 1), (2, 3)):
        np.testing.assert_array_equal(vectors[first].key, vectors[second].key)
        np.testing.assert_array_equal(vectors[first].value, vectors[second].value)
        assert not np.allclose(vectors[first].query, vectors[second].query)
    assert not np.allclose(vectors[0].key, vectors[2].key)


@pytest.mark.parametrize(("kind", "windows"), [("mistral", (4, 4, 4)), ("qwen2", (None, 3, 3)), ("llama", (None,) * 3)])
def test_a_sliding_window_hides_what_lies_further_back(kind: str, windows: tuple[int | None, ...], tiny: Any) -> None:
    trace = Subject(kind=kind, folder=tiny(kind)).trace
    (attention,) = trace.attentions
    n_tokens = len(attention.query_tokens)
    assert n_tokens > 6
    for layer, window in enumerate(windows):
        visible = questions.head_vectors(trace, attention, layer, 0).visible
        np.testing.assert_array_equal(visible, visible_cells(n_tokens, n_tokens, causal=True, window=window))
        assert (attention.weights[layer][:, ~visible] == 0).all()
        assert (attention.weights[layer].max(axis=0)[visible] > 0).all()


def test_what_is_visible_is_what_has_a_weight(with_attention: Subject) -> None:
    for attention in with_attention.trace.attentions:
        np.testing.assert_array_equal(attention.visible, (attention.weights > 0).any(axis=1))


@pytest.mark.parametrize("kind", ["bert", "gpt2", "distilbert"])
def test_a_weight_that_rounding_made_0_is_not_hidden(kind: str, tiny: Any, tmp_path: Path) -> None:
    folder = copytree(tiny(kind), tmp_path / kind)
    weights = load_file(folder / "model.safetensors")
    for name in weights:
        if name.endswith(("query.weight", "q_lin.weight", "c_attn.weight")):
            weights[name] = weights[name] * 3_000
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (attention,) = Subject(kind=kind, folder=folder).trace.attentions
    n_tokens = len(attention.query_tokens)
    expected = visible_cells(n_tokens, n_tokens, causal=attention.causal)
    assert (attention.weights.max(axis=1)[:, expected] == 0).any()
    np.testing.assert_array_equal(attention.visible, np.tile(expected, (attention.n_layers, 1, 1)))


def test_every_array_is_float32_and_read_only(any_model: Subject) -> None:
    trace = any_model.trace
    arrays = [each.weights for each in trace.attentions]
    for stack in trace.stacks:
        arrays += [stack.token_embeddings, stack.hidden_states]
        arrays += [each for each in (stack.position_embeddings, stack.type_embeddings) if each is not None]
    arrays += [trace.logits] if trace.logits is not None else []
    for array in arrays:
        assert array.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_trace_does_not_change_with_what_is_read_after_it(any_model: Subject) -> None:
    before = [stack.hidden_states.copy() for stack in any_model.trace.stacks]
    weights = [each.weights.copy() for each in any_model.trace.attentions]
    any_model.run("A queen and a king", "a man")
    for kept, stack in zip(before, any_model.trace.stacks, strict=True):
        np.testing.assert_array_equal(kept, stack.hidden_states)
    for kept, attention in zip(weights, any_model.trace.attentions, strict=True):
        np.testing.assert_array_equal(kept, attention.weights)


def test_a_family_without_a_file_names_what_it_cannot_show(generic: Subject) -> None:
    facts, trace = generic.facts, generic.trace
    assert facts.family == facts.model_type
    assert facts.position_scheme == trace.stacks[0].position_scheme == "unknown"
    assert len(facts.cannot_show) == 2
    with pytest.raises(NotShownError) as refused:
        questions.positions(trace)
    assert str(refused.value) == facts.cannot_show[0]
    with pytest.raises(NotShownError) as refused:
        questions.head_vectors(trace, trace.attentions[0], 0, 0)
    assert str(refused.value) == facts.cannot_show[1]


def test_a_described_family_shows_everything(described: Subject) -> None:
    assert described.facts.cannot_show == ()
    assert described.facts.family != described.facts.model_type
    assert described.facts.n_parameters > 0


def test_a_model_without_a_head_is_traced_and_predicts_nothing(tiny: Any) -> None:
    for kind in ("gpt2-body", "bert-body", "bart-body"):
        subject = Subject(kind=kind, folder=tiny(kind))
        assert not subject.facts.predicts_next
        assert subject.trace.logits is None
        with pytest.raises(NotShownError, match="no language-model head"):
            questions.logits_at(subject.trace, [0])


def test_a_model_without_attention_is_traced(tiny: Any) -> None:
    subject = Subject(kind="mamba", folder=tiny("mamba"))
    facts, trace = subject.facts, subject.trace
    assert trace.attentions == ()
    assert (facts.kind, facts.n_heads, facts.n_kv_heads, facts.d_head) == ("recurrent", 0, 0, 0)
    assert facts.position_scheme == trace.stacks[0].position_scheme == "none"
    assert "no attention" in facts.cannot_show[0]
    assert facts.predicts_next
    with pytest.raises(NotShownError, match="one after the other"):
        questions.positions(trace)


def test_one_key_and_value_for_all_heads_is_counted_as_one(tiny: Any) -> None:
    assert Subject(kind="falcon", folder=tiny("falcon")).facts.n_kv_heads == 1


def test_bert_is_an_encoder_and_never_predicts_the_next_token(tiny: Any) -> None:
    for kind in ("bert", "roberta", "bert-body"):
        subject = Subject(kind=kind, folder=tiny(kind))
        assert subject.facts.kind == "encoder"
        assert not subject.facts.predicts_next
        assert type(subject.loaded.module).__name__.endswith("Model" if kind == "bert-body" else "ForMaskedLM")


def test_a_text_fills_the_context_and_not_more(any_model: Subject) -> None:
    long = "the book " * 300
    trace: Trace = any_model.run(long, long)
    most = min(any_model.facts.context or 256, 256)
    for stack in trace.stacks:
        assert len(stack.tokens) == most
    assert trace.cut is not None
    assert trace.cut[1] > 0


def test_the_same_text_gives_the_same_numbers(any_model: Subject) -> None:
    again = any_model.run(TEXT + " ", TARGET)  # not the text that is remembered
    if again.stacks[0].tokens == any_model.trace.stacks[0].tokens:
        np.testing.assert_allclose(again.stacks[-1].hidden_states, any_model.trace.stacks[-1].hidden_states, atol=1e-6)
    else:
        assert again.stacks[0].tokens[:3] == any_model.trace.stacks[0].tokens[:3]
