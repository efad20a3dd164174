"""The LSTM: it is torch's own LSTM, it reads from left to right, and the app opens it like any other folder."""

from pathlib import Path
from shutil import copy

import numpy as np
import pytest
import torch
from torch import nn

from headlight.model import questions
from headlight.model.admitting.catalog import BUNDLED, admit
from headlight.model.engine import default_engine
from headlight.model.errors import NotShownError
from headlight.model.families import family_of
from headlight.model.families.recurrent import MODEL_TYPE, LSTMConfig, LSTMForCausalLM, Recurrent
from headlight.model.run import run
from headlight.model.trace import Trace

D_MODEL, N_LAYERS = 13, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small LSTM with the decoder's tokenizer."""
    torch.manual_seed(7)
    where = tmp_path_factory.mktemp("lstm")
    module = LSTMForCausalLM(LSTMConfig(hidden_size=D_MODEL, num_hidden_layers=N_LAYERS, initializer_range=1.0))
    module.save_pretrained(where)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        copy(BUNDLED / "headlight-decoder" / name, where)
    return where


@pytest.fixture(scope="module")
def trace(folder: Path) -> Trace:
    """Return its Trace of a sentence."""
    return run(str(folder), "The cat sat on the mat.")


def test_a_trace_without_attention(trace: Trace) -> None:
    (stack,) = trace.stacks
    assert trace.attentions == ()
    assert stack.hidden_states.shape == (N_LAYERS + 1, len(stack.tokens), D_MODEL)
    assert stack.position_scheme == "none"
    assert stack.position_embeddings is None
    np.testing.assert_array_equal(stack.hidden_states[0], stack.token_embeddings)


def test_its_layers_are_those_of_one_lstm_of_torch(folder: Path, trace: Trace) -> None:
    ours = LSTMForCausalLM.from_pretrained(folder)
    theirs = nn.LSTM(D_MODEL, D_MODEL, num_layers=N_LAYERS, batch_first=True)
    weights = {
        name.replace("_l0", f"_l{layer}"): weight
        for layer, lstm in enumerate(ours.layers)
        for name, weight in lstm.state_dict().items()
    }
    theirs.load_state_dict(weights)
    with torch.inference_mode():
        last = theirs(torch.from_numpy(trace.stacks[0].token_embeddings.copy())[None])[0][0]
        logits = last @ ours.embeddings.weight.T
    np.testing.assert_allclose(trace.stacks[0].hidden_states[-1], last.numpy(), atol=1e-6)
    assert trace.logits is not None
    np.testing.assert_allclose(trace.logits, logits[-1].numpy(), atol=1e-5)


def test_the_beginning_does_not_know_the_end(folder: Path, trace: Trace) -> None:
    shorter = run(str(folder), "The cat sat")
    n_tokens = len(shorter.stacks[0].tokens)
    assert 1 < n_tokens < len(trace.stacks[0].tokens)
    np.testing.assert_allclose(trace.stacks[0].hidden_states[:, :n_tokens], shorter.stacks[0].hidden_states, atol=1e-6)


def test_its_logits_of_every_token_can_be_asked_for(trace: Trace) -> None:
    assert trace.logits is not None
    np.testing.assert_allclose(questions.logits_at(trace, [-1])[0], trace.logits, atol=1e-5)


def test_it_says_that_it_has_no_positions_and_no_heads(folder: Path, trace: Trace) -> None:
    with pytest.raises(NotShownError, match="one after the other"):
        questions.positions(trace)
    facts = default_engine().facts(admit(str(folder)))
    assert (facts.kind, facts.family, facts.n_heads, facts.context) == ("recurrent", "LSTM", 0, None)
    assert any("no attention" in sentence for sentence in facts.cannot_show)


def test_the_registry_knows_it() -> None:
    assert isinstance(family_of(MODEL_TYPE), Recurrent)
