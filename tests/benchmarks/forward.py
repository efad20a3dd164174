"""What `run` costs beside the bare forward pass of transformers that returns the same tensors."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2Config, GPT2LMHeadModel

from headlight.model.admitting.catalog import BUNDLED
from headlight.model.run import run
from headlight.pages.frame.policy import take_over
from tests.benchmarks.report import Row
from tests.benchmarks.sentences import N_TOKENS, sentences, words


def measure() -> Iterator[Row]:
    """Yield the ratio for the bundled decoder and for a model of GPT-2's shape with random weights."""
    take_over()  # it is the app's `run` that is timed: without its policy Python searches for garbage meanwhile
    yield ratio(
        "`run` / bare forward, bundled decoder", "headlight-decoder", BUNDLED / "headlight-decoder", n_pairs=150
    )
    with tempfile.TemporaryDirectory() as folder:
        config = GPT2Config(bos_token_id=0, eos_token_id=0)  # 12 layers x 12 heads, d_model 768, 124 M parameters
        GPT2LMHeadModel(config).save_pretrained(folder)
        AutoTokenizer.from_pretrained(BUNDLED / "headlight-decoder").save_pretrained(folder)
        yield ratio("`run` / bare forward, GPT-2-small shape", folder, Path(folder), n_pairs=60)


def ratio(what: str, name: str, folder: Path, *, n_pairs: int) -> Row:
    """Time both on the same texts, one after the other, in turns the one and the other first."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # from_pretrained has put the model into evaluation mode already.
    model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32)

    def bare(text: str) -> None:
        with torch.inference_mode():
            ids = tokenizer(text, return_tensors="pt", split_special_tokens=True).input_ids
            assert ids.shape == (1, N_TOKENS)
            output = model(ids, output_attentions=True, output_hidden_states=True, logits_to_keep=1, use_cache=False)
            assert len(output.attentions) + 1 == len(output.hidden_states)

    def ours(text: str) -> None:
        assert len(run(name, text).stacks[0].tokens) == N_TOKENS

    pool = words()
    texts = [text for seed in range(10) for text in sentences(pool, seed)][: n_pairs + 5]
    assert len(set(texts)) == n_pairs + 5
    torch.set_num_threads(1)  # for both: it is what the engine sets
    pairs = []
    for index, text in enumerate(texts):
        if index % 2:
            our_ms, bare_ms = milliseconds(ours, text), milliseconds(bare, text)
        else:
            bare_ms, our_ms = milliseconds(bare, text), milliseconds(ours, text)
        pairs.append((our_ms, bare_ms))
    pairs = pairs[5:]  # the first ones warm up
    ours_median, bare_median = (statistics.median(column) for column in zip(*pairs, strict=True))
    low, middle, high = statistics.quantiles((our / bare for our, bare in pairs), n=4)
    detail = (
        f"{ours_median:.1f} ms / {bare_median:.1f} ms; median of {n_pairs} pairs, quartiles {low:.2f} and {high:.2f}; "
        f"{N_TOKENS} tokens, every text new"
    )
    return Row(what, middle, "", 1.15, detail)


def milliseconds(work: Callable[[str], None], text: str) -> float:
    """Return how long the work took."""
    start = time.perf_counter()
    work(text)
    return 1000 * (time.perf_counter() - start)
