"""Which names become folders: hostile ones are refused before anything is asked of the disk."""

import builtins
import io
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headlight.model.admitting import catalog
from headlight.model.admitting.catalog import admit, admit_typed
from headlight.model.errors import HeadlightError, ModelNotFoundError, ModelRefusedError
from tests.model.folders import write_tiny_model

HOSTILE = [
    *("..", "../", "../..", "../../etc", "../../../../../../etc/passwd", "./..", "./../etc", "a/../../etc", "..//etc"),
    *(
        "/",
        "//",
        "/etc",
        "/etc/passwd",
        "//etc",
        "///etc",
        "/proc/self/environ",
        "/dev/zero",
        "/etc/ssh",
        "/tmp/../etc",
    ),
    *("~", "~/", "~root", "~/.ssh/id_rsa", "~nobody/x", "$HOME", "${HOME}/x", "%HOME%", "%USERPROFILE%\\x"),
    *(
        "\\\\server\\share",
        "\\\\?\\C:\\x",
        "\\\\.\\pipe\\x",
        "//server/share",
        "\\etc",
        "..\\..\\etc",
        "a\\..\\..\\etc",
    ),
    *("C:", "C:\\", "C:/", "c:\\windows\\win.ini", "C:x", "Z:/models"),
    *("a\0b", "\0", "../\0", "/etc/passwd\0.json", "a\nb/c", "a\r/b", "\x1b[31m", "a\u2028b"),
    *("․․/etc", "‥/etc", "．．/etc", "a／b／c", "a\u2215b", "\u202e/etc", "ａ/ｂ", "ä/b"),
    *("%2e%2e/etc", "%2e%2e%2fetc", "..%2fetc", "..%252fetc", "..%c0%afetc", "a%00b", "&#46;&#46;/etc"),
    *("file:///etc/passwd", "http://192.0.2.1/x", "hf://a/b", "git@host:a/b", "ftp://x", "data:,x", "s3://a/b"),
    *("a/b/c", "a//b", "a/b/", "/a/b", "a/", "-a/b", "a/-b", "a/.b", ".a/b", "a--b/c", "a/b--c", "a..b/c", "a/b.git"),
    *(
        "",
        " ",
        "\t",
        "a b/c",
        "a/b@main",
        "a/b?x",
        "a/b#x",
        "a/b;ls",
        "$(ls)",
        "`ls`",
        "a|b",
        "*",
        "x" * 97,
        "x" * 10**6,
    ),
    *("folder:", "folder:..", "folder:../x", "folder:/etc", "folder:~", "folder:a/../../x", "folder:\\\\server\\share"),
    *(
        "folder:C:\\x",
        "folder:.",
        "folder:./",
        "folder:a\0b",
        "folder:folder:..",
        "folder://server/share",
        "folder:a\nb",
    ),
]


@contextmanager
def sealed_disk() -> Iterator[list[str]]:
    """Note every look at the disk or the network by its call, and let none through."""
    calls: list[str] = []

    def forbid(name: str) -> Any:
        def refuse(*arguments: Any, **options: Any) -> Any:
            calls.append(f"{name}{arguments!r}"[:200])
            raise AssertionError(calls[-1])

        return refuse

    with pytest.MonkeyPatch.context() as patch:
        for module, names in (
            (os, ("stat", "lstat", "open", "scandir", "listdir", "readlink", "access")),
            (os.path, ("exists", "isdir", "isfile", "islink", "realpath", "lexists", "getsize", "expanduser")),
            (io, ("open",)),
            (builtins, ("open",)),
            (socket, ("create_connection", "getaddrinfo")),
        ):
            for name in names:
                patch.setattr(module, name, forbid(f"{module.__name__}.{name}"))
        yield calls


def refused_untouched(name: str) -> None:
    with sealed_disk() as calls, pytest.raises((ModelRefusedError, ModelNotFoundError)) as refused:
        admit_typed(name)
    assert calls == []
    assert str(refused.value).endswith(".")


def test_the_seal_sees_a_look_at_the_disk() -> None:
    with sealed_disk() as calls, pytest.raises(AssertionError):
        Path("/etc").stat()
    assert calls


@pytest.mark.parametrize("root", [None, "/srv/models"], ids=["no models folder", "with a models folder"])
@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_a_hostile_name_is_refused_before_the_disk_is_asked(
    name: str, root: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEADLIGHT_MODELS", raising=False)
    if root:
        monkeypatch.setenv("HEADLIGHT_MODELS", root)
    refused_untouched(name)


def test_a_folder_named_in_the_app_is_never_tried_when_there_is_no_models_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HEADLIGHT_MODELS", raising=False)
    write_tiny_model(tmp_path / "owner" / "tiny")
    monkeypatch.chdir(tmp_path)
    for name in ("owner/tiny", "tiny"):
        with pytest.raises(ModelNotFoundError, match="not on this computer"):
            admit_typed(name)
    for name in (str(tmp_path / "owner" / "tiny"), "./owner/tiny", "folder:owner/tiny"):
        with pytest.raises(ModelRefusedError, match="HEADLIGHT_MODELS"):
            admit_typed(name)


def test_python_callers_may_name_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADLIGHT_MODELS", raising=False)
    folder = write_tiny_model(tmp_path / "owner" / "tiny")
    monkeypatch.chdir(tmp_path)
    for name in ("owner/tiny", str(folder), "./owner/tiny"):
        assert admit(name).folder == folder.resolve()
    for name in HOSTILE:
        with suppress(HeadlightError):
            assert admit(name).folder.is_dir()
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path / "elsewhere"))
    with pytest.raises(ModelRefusedError):
        admit(str(folder))


def test_folders_below_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, outside = tmp_path / "models", write_tiny_model(tmp_path / "outside")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(root))
    write_tiny_model(root / "tiny")
    write_tiny_model(root / "owner" / "other")
    (root / "leads-out").symlink_to(outside)
    (root / "leads-in").symlink_to(root / "tiny")
    (root / "loop").symlink_to(root / "loop")
    (root / "empty").mkdir()
    catalog._folder_names.cache_clear()
    assert {"folder:tiny", "folder:owner/other"} <= set(catalog.folder_names())
    assert admit_typed("folder:tiny").folder == (root / "tiny").resolve()
    assert admit_typed(str(root / "tiny")).name == "folder:tiny"
    assert admit_typed("folder:leads-in").name == "folder:tiny"
    assert admit(str(root / "tiny")).name == "folder:tiny"
    with pytest.raises(ModelRefusedError):
        admit_typed("folder:leads-out")
    with pytest.raises((ModelRefusedError, ModelNotFoundError)):
        admit_typed("folder:loop")
    with pytest.raises(ModelNotFoundError):
        admit_typed("folder:empty")
    with pytest.raises((ModelRefusedError, ModelNotFoundError)):
        admit_typed("folder:" + "x" * 10_000)


NAMES = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(["..", ".", "/", "\\", "~", "a", "models", "etc", ":", "folder:", "\0", "%2e"]), max_size=8
    ).map("".join),
    st.from_regex(catalog.HUB_ID, fullmatch=True),
)


@given(name=NAMES)
@settings(max_examples=300, deadline=None)
def test_any_name_is_admitted_or_refused_with_a_sentence_inside_the_roots(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    root = tmp_path_factory.getbasetemp() / "models"
    root.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADLIGHT_MODELS", str(root))
        for call in (admit_typed, admit):
            with suppress(HeadlightError):
                source = call(name)
                assert source.folder.is_relative_to(root.resolve()) or source.origin != "folder"


def test_an_unknown_id_is_answered_at_once_when_offline() -> None:
    with pytest.raises(ModelNotFoundError):
        admit_typed("nobody/warms-up")
    start = time.perf_counter()
    with pytest.raises(ModelNotFoundError, match=r"offline.*choose a model from the list") as refused:
        admit_typed("nobody/no-such-model")
    assert time.perf_counter() - start < 0.5
    assert refused.value.downloadable is None


@pytest.mark.parametrize("name", ["gpt2", "openai-community/gpt2"])
def test_a_model_that_is_not_here_says_how_to_come_by_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADLIGHT_MODELS", raising=False)
    with pytest.raises(ModelNotFoundError, match=f"{name} is not on this computer") as refused:
        admit_typed(name)
    for way in ("start it with HEADLIGHT_ONLINE=1", "HEADLIGHT_ONLINE=1 make run", "HEADLIGHT_MODELS"):
        assert way in str(refused.value)
    monkeypatch.setenv("HEADLIGHT_ONLINE", "1")
    with pytest.raises(ModelNotFoundError) as refused:
        admit_typed(name)
    assert str(refused.value) == f"The model {name} is not on this computer."
    assert refused.value.downloadable == name


def test_a_folder_typed_without_its_prefix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_model(tmp_path / "tiny")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path))
    catalog._folder_names.cache_clear()
    with pytest.raises(ModelNotFoundError, match="folder:tiny opens it"):
        admit_typed("tiny")


def test_a_folder_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADLIGHT_MODELS", raising=False)
    with pytest.raises(
        ModelRefusedError, match=r"starting it with HEADLIGHT_MODELS, as in HEADLIGHT_MODELS=.* make run"
    ):
        admit_typed("folder:tiny")
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path))
    with pytest.raises(ModelRefusedError, match="put it there: HEADLIGHT_MODELS names it"):
        admit_typed("/elsewhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelNotFoundError, match=r"it has no config\.json"):
        admit_typed("folder:empty")


def test_a_part_of_a_model_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_MODELS", str(tmp_path))
    for name, config in {
        "sentences": '{"model_type": "bert"}',
        "sentences/1_Pooling": '{"word_embedding_dimension": 384, "pooling_mode_mean_tokens": true}',
        "sentences/2_Dense": '{"in_features": 384, "out_features": 512, "bias": true}',
        "old": '{"architectures": ["BertModel"]}',
        "unreadable": "{",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(config)
    catalog._folder_names.cache_clear()
    assert catalog.folder_names() == ("folder:old", "folder:sentences", "folder:unreadable")


def test_only_allowed_ids_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADLIGHT_ALLOW", " openai-community/gpt2 , a/b,")
    with pytest.raises(ModelRefusedError, match=r"does not offer.*add it to HEADLIGHT_ALLOW"):
        admit_typed("nobody/other")
    with pytest.raises(ModelNotFoundError):
        admit_typed("a/b")
    assert admit_typed("headlight-decoder").origin == "bundled"


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    catalog._downloaded_names.cache_clear()
    return tmp_path


def put_into_cache(cache: Path, name: str) -> Path:
    repo = cache / f"models--{name.replace('/', '--')}"
    snapshot = write_tiny_model(repo / "snapshots" / ("5" * 40))
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("5" * 40)
    return snapshot


def test_models_in_the_cache_of_the_hub_are_listed_and_opened(hub_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = put_into_cache(hub_cache, "a/complete")
    (put_into_cache(hub_cache, "a/config-only") / "model.safetensors").unlink()
    (put_into_cache(hub_cache, "a/picture-model") / "config.json").write_text('{"model_type": "vit"}')
    (hub_cache / "models--a--broken").mkdir()
    assert catalog.downloaded_names() == ("a/complete",)
    source = admit_typed("a/complete")
    assert (source.folder, source.commit, source.origin) == (snapshot, "5" * 40, "hub")
    with pytest.raises(ModelNotFoundError):
        admit_typed("a/config-only")
    monkeypatch.setenv("HEADLIGHT_ALLOW", "a/other")
    assert catalog.downloaded_names() == ()
