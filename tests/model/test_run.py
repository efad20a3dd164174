"""`run` on the bundled decoder: oracles that any correct Trace obeys."""

import numpy as np
import pytest

from headlight.model import questions
from headlight.model.errors import TextError
from headlight.model.run import run
from headlight.model.trace import Trace


def test_rows_of_every_head_sum_to_one(house_trace: Trace) -> None:
    weights = house_trace.attentions[0].weights
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)
    assert (np.triu(weights, k=1) == 0).all()


def test_the_first_tokens_alone_give_the_top_left_block(house_trace: Trace) -> None:
    prefix = run("headlight-decoder", "The teacher taught the")
    n_tokens = len(prefix.stacks[0].tokens)
    assert prefix.stacks[0].tokens == house_trace.stacks[0].tokens[:n_tokens]
    block = house_trace.attentions[0].weights[:, :, :n_tokens, :n_tokens]
    np.testing.assert_allclose(prefix.attentions[0].weights, block, atol=1e-5)


def test_the_first_hidden_state_is_the_sum_of_the_parts(house_trace: Trace) -> None:
    (stack,) = house_trace.stacks
    assert stack.position_embeddings is not None
    np.testing.assert_allclose(stack.token_embeddings + stack.position_embeddings, stack.hidden_states[0], atol=1e-6)


def test_logits_at_the_last_position_are_the_logits(house_trace: Trace) -> None:
    assert house_trace.logits is not None
    np.testing.assert_allclose(questions.logits_at(house_trace, [-1])[0], house_trace.logits, atol=1e-5)


def test_head_vectors_give_the_weights_the_library_gave(house_trace: Trace) -> None:
    (attention,) = house_trace.attentions
    for layer in range(attention.n_layers):
        for head in range(attention.n_heads):
            ours = questions.head_vectors(house_trace, attention, layer, head).weights()
            np.testing.assert_allclose(ours, attention.weights[layer, head], atol=1e-5)


def test_a_trace_cannot_be_changed(house_trace: Trace) -> None:
    with pytest.raises(ValueError, match="read-only"):
        house_trace.attentions[0].weights[0, 0, 0, 0] = 1


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_text_is_answered_with_what_to_do(text: str) -> None:
    with pytest.raises(TextError, match="Type a sentence"):
        run("headlight-decoder", text)
