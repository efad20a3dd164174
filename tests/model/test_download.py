"""Downloads from a Hub on this machine: what is asked, what is refused, what stays behind."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from headlight.model.admitting import admission, download
from headlight.model.admitting.catalog import admit_typed
from headlight.model.admitting.download import Download, Downloads
from headlight.model.errors import BusyError, DownloadError, HeadlightError, ModelNotFoundError, ModelRefusedError
from headlight.model.run import run
from tests.fake_hub import COMMIT, FakeHub, FakeModel, fake_hub
from tests.model.folders import change_json, write_tiny_model

NAME = "somebody/tiny"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    (folder / "README.md").write_text("A tiny model.")
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_tiny.py").write_text("raise SystemExit")
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache, in an app that is online."""
    monkeypatch.setenv("HEADLIGHT_ONLINE", "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def hub(tiny: Path, cache: Path) -> Iterator[FakeHub]:
    with fake_hub(somebody__tiny=FakeModel.of(tiny), somebody__other=FakeModel.of(tiny)) as hub:
        yield hub


@pytest.fixture
def downloads(hub: FakeHub) -> Downloads:
    return Downloads(hub.endpoint)


def finished(begun: Download) -> Download:
    begun.wait(60.0)
    assert begun.state != "running"
    return begun


def fetched(downloads: Downloads, name: str = NAME) -> Download:
    return finished(downloads.start(downloads.offer(name)))


def nothing_can_be_opened(cache: Path, *, and_nothing_is_left: bool = True) -> None:
    with pytest.raises(ModelNotFoundError):
        admit_typed(NAME)
    if and_nothing_is_left:
        assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_model_is_fetched_admitted_and_read(hub: FakeHub, downloads: Downloads, tiny: Path, cache: Path) -> None:
    with pytest.raises(ModelNotFoundError) as missing:
        admit_typed(NAME)
    assert missing.value.downloadable == NAME
    offer = downloads.offer(NAME)
    assert hub.sent_bytes == 0
    assert {file.name for file in offer.files} == {
        path.name for path in tiny.iterdir() if path.suffix in (".json", ".md", ".safetensors")
    }
    begun = finished(downloads.start(offer))
    assert (begun.state, begun.error) == ("done", None)
    assert begun.n_bytes == offer.n_bytes == hub.sent_bytes
    assert hub.asked_for(".bin") == hub.asked_for(".py") == 0
    source = admit_typed(NAME)
    assert source.commit == COMMIT
    trace = run(NAME, "the")
    assert (trace.model_name, trace.revision) == (NAME, COMMIT)
    assert (trace.attentions[0].weights == run(str(tiny), "the").attentions[0].weights).all()
    assert not (cache / ".headlight" / "models--somebody--tiny").exists()


def test_transformers_finds_the_model_where_it_was_put(downloads: Downloads) -> None:
    from transformers import AutoConfig

    fetched(downloads)
    config = AutoConfig.from_pretrained(NAME, local_files_only=True, cache_dir=constants.HF_HUB_CACHE)
    assert config.n_embd == 12


def test_several_files_of_weights_are_fetched(hub: FakeHub, downloads: Downloads, tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "sharded", max_shard_size="100KB")
    hub.models[NAME] = FakeModel.of(folder)
    assert fetched(downloads).state == "done"
    assert run(NAME, "the").attentions[0].n_heads == 3


def test_a_model_too_large_is_refused_before_anything_is_asked_of_it(
    hub: FakeHub, downloads: Downloads, cache: Path
) -> None:
    hub.models[NAME].claimed_sizes["model.safetensors"] = 140_000_000_000
    with pytest.raises(ModelRefusedError, match=r"140\.0 GB large"):
        downloads.offer(NAME)
    assert hub.asked_for(".safetensors") == hub.asked_for(".json") == 0
    nothing_can_be_opened(cache)


def test_a_model_with_too_many_parameters_never_becomes_one_that_can_be_opened(
    downloads: Downloads, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MAX_PARAMETERS", 10_000)
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "million parameters" in str(begun.error)
    nothing_can_be_opened(cache)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_is_refused_before_the_weights_are_asked_for(
    hub: FakeHub, downloads: Downloads, cache: Path, tiny: Path, tmp_path: Path, file: str
) -> None:
    folder = shutil.copytree(tiny, tmp_path / "evil")
    change_json(folder / file, auto_map={"AutoModelForCausalLM": "evil.Evil"})
    hub.models[NAME] = FakeModel.of(folder)
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "code of its own" in str(begun.error)
    assert hub.asked_for(".safetensors") == 0
    nothing_can_be_opened(cache)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("model.safetensors", "no safetensors"), ("config.json", "no config"), ("tokenizer.json", "no")],
)
def test_a_model_that_lacks_a_file_is_refused_from_the_list(
    hub: FakeHub, downloads: Downloads, missing: str, sentence: str
) -> None:
    del hub.models[NAME].files[missing]
    with pytest.raises(ModelRefusedError, match=sentence):
        downloads.offer(NAME)
    assert hub.sent_bytes == 0


def test_cancel_stops_it_and_leaves_nothing(hub: FakeHub, downloads: Downloads, cache: Path) -> None:
    hub.models[NAME].seconds_per_piece = 0.05
    begun = downloads.start(downloads.offer(NAME))
    while not (begun.step == "Downloading model.safetensors" and begun.n_bytes):
        time.sleep(0.01)
    begun.cancel()
    stopped = time.monotonic()
    assert finished(begun).state == "cancelled"
    assert time.monotonic() - stopped < 2
    sent = hub.sent_bytes
    time.sleep(0.3)
    assert hub.sent_bytes < begun.offer.n_bytes
    assert hub.sent_bytes - sent < 100_000
    nothing_can_be_opened(cache)
    hub.models[NAME].seconds_per_piece = 0
    assert fetched(downloads).state == "done"


def test_a_cut_connection_is_taken_up_again_by_itself(hub: FakeHub, downloads: Downloads) -> None:
    hub.models[NAME].cuts = [100_000, 0, 150_000]
    begun = fetched(downloads)
    assert begun.state == "done"
    assert hub.asked_for("model.safetensors") == 4
    assert begun.n_bytes == begun.offer.n_bytes == hub.sent_bytes  # no byte came twice


def test_a_server_that_cannot_take_up_again_sends_all_anew(hub: FakeHub, downloads: Downloads) -> None:
    hub.models[NAME].cuts = [100_000]
    hub.models[NAME].ranges = False
    begun = fetched(downloads)
    assert (begun.state, begun.n_bytes) == ("done", begun.offer.n_bytes)


def test_a_connection_that_stays_cut_is_said_and_the_next_attempt_goes_on(
    hub: FakeHub, downloads: Downloads, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST_STALLS", 1)
    hub.models[NAME].cuts = [100_000, 0, 0, 0]
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "press Download again" in str(begun.error)
    nothing_can_be_opened(cache, and_nothing_is_left=False)
    hub.models[NAME].cuts, sent = [], hub.sent_bytes
    assert fetched(downloads).state == "done"
    assert hub.sent_bytes - sent < begun.offer.n_bytes - 90_000
    assert run(NAME, "the").attentions[0].n_heads == 3


def test_a_stalled_connection_is_noticed(hub: FakeHub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "STALL_S", 0.2)
    monkeypatch.setattr(download, "MOST_STALLS", 1)
    hub.models[NAME].seconds_per_piece = 3.0
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "broke off" in str(begun.error)


def test_a_download_that_takes_too_long_is_stopped(
    hub: FakeHub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "LONGEST_S", 0.2)
    hub.models[NAME].seconds_per_piece = 0.1
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "took more than" in str(begun.error)


def test_weights_that_arrive_changed_are_thrown_away(hub: FakeHub, downloads: Downloads, cache: Path) -> None:
    hub.models[NAME].garbled = True
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "checksum" in str(begun.error)
    nothing_can_be_opened(cache)


def test_a_server_that_sends_more_than_it_said_is_stopped(hub: FakeHub, downloads: Downloads, cache: Path) -> None:
    hub.models[NAME].claimed_sizes["model.safetensors"] = 50_000
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "sent more" in str(begun.error)
    nothing_can_be_opened(cache)


def test_one_download_at_a_time(hub: FakeHub, downloads: Downloads) -> None:
    hub.models[NAME].seconds_per_piece = 0.05
    begun = downloads.start(downloads.offer(NAME))
    for name in ("somebody/other", NAME):
        with pytest.raises(BusyError, match="somebody/tiny is being downloaded"):
            downloads.start(downloads.offer(name))
    assert downloads.current is begun
    begun.cancel()
    finished(begun)
    assert fetched(downloads, "somebody/other").state == "done"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "everybody may fetch"),
        (403, "log in"),
        (404, "everybody may fetch"),
        (429, "Wait a few minutes"),
        (500, "trouble of its own"),
        (418, "answered 418"),
    ],
)
def test_what_the_hub_refuses_is_a_sentence(
    hub: FakeHub, downloads: Downloads, cache: Path, status: int, sentence: str
) -> None:
    hub.models[NAME].info_status = status
    with pytest.raises(DownloadError, match=sentence):
        downloads.offer(NAME)
    hub.models[NAME].info_status = 200
    hub.models[NAME].file_status = status
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert sentence in str(begun.error)
    nothing_can_be_opened(cache)


def test_a_model_the_hub_does_not_have(downloads: Downloads) -> None:
    with pytest.raises(DownloadError, match="no model called nobody/nothing"):
        downloads.offer("nobody/nothing")


def test_a_model_behind_a_login(hub: FakeHub, downloads: Downloads) -> None:
    hub.models[NAME].gated = True
    with pytest.raises(DownloadError, match="log in"):
        downloads.offer(NAME)


@pytest.mark.parametrize(
    "body", [b"<html>Log in to the school's network</html>", b"{}", b"[]", b'{"id": 1, "sha": "../x"}']
)
def test_something_else_than_the_hub_answers(hub: FakeHub, downloads: Downloads, body: bytes) -> None:
    hub.models[NAME].info_body = body
    with pytest.raises(HeadlightError, match=r"not the Hugging Face Hub"):
        downloads.offer(NAME)


def test_a_hub_out_of_reach(cache: Path) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        Downloads("http://127.0.0.1:9").offer(NAME)


def test_a_full_disk(downloads: Downloads, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "SPARE_BYTES", 10**18)
    begun = fetched(downloads)
    assert begun.state == "failed"
    assert "not enough room" in str(begun.error)
    nothing_can_be_opened(cache)


def test_offline_and_outside_the_list_nothing_is_asked(
    hub: FakeHub, downloads: Downloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = downloads.offer(NAME)
    n_requests = len(hub.requests)
    monkeypatch.setenv("HEADLIGHT_ALLOW", "somebody/other")
    for refused in (lambda: downloads.offer(NAME), lambda: downloads.start(offer), lambda: admit_typed(NAME)):
        with pytest.raises(ModelRefusedError, match="does not offer"):
            refused()
    monkeypatch.delenv("HEADLIGHT_ALLOW")
    monkeypatch.delenv("HEADLIGHT_ONLINE")
    for refused in (lambda: downloads.offer(NAME), lambda: downloads.start(offer)):
        with pytest.raises(ModelRefusedError, match="offline"):
            refused()
    assert len(hub.requests) == n_requests


def test_the_hub_is_asked_once_for_what_it_offers(hub: FakeHub, downloads: Downloads) -> None:
    assert downloads.offer(NAME) is downloads.offer(NAME)
    assert hub.requests == [f"GET /api/models/{NAME}"]
