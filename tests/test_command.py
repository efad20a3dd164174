"""The command line: what it says when something cannot be done, and the addresses it names at the start."""

import socket
from pathlib import Path

import pytest

from headlight.__main__ import main
from headlight.serving import announcement, entry, room_addresses

SENTENCE = "The book."
ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("trace", "no-such-model", SENTENCE, "-o", "x.safetensors"), "no-such-model is not on this computer"),
        (("trace", "headlight-decoder", "  ", "-o", "x.safetensors"), "There is no text to read"),
        (("trace", "headlight-decoder", SENTENCE, "-o", "x.pt"), "something.safetensors, not x.pt"),
        (("explore", "headlight-recurrent", SENTENCE, "-o", "x.html"), "This model has no attention"),
        (("explore", "headlight-decoder", SENTENCE, "-o", "x.html", "--kind", "cross"), "no attention of the kind"),
    ],
    ids=["model", "text", "name", "attention", "kind"],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    file = tmp_path / "none" / "x.html"
    with pytest.raises(SystemExit, match="cannot be written: No such file or directory"):
        main(["explore", "headlight-decoder", SENTENCE, "-o", str(file)])


@pytest.mark.parametrize("port", ["0", "70000", "-1", "1.5", "http", "٣"])
def test_a_port_is_a_number_in_its_range(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--port={port}"])
    assert "is no port: a number from 1 to 65535" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is taken"):
            main(["--no-browser", f"--port={port}"])


def test_the_models_that_ship_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0
    assert "headlight-decoder     Predicts the next token." in capsys.readouterr().out


def test_the_entry_of_a_checkout_lies_at_its_root() -> None:
    assert entry() == ROOT / "app.py"


def test_the_addresses_of_the_room_are_said() -> None:
    said = announcement(8501, ["192.0.2.7", "10.1.2.3"])
    assert "http://localhost:8501\n" in said
    assert "http://192.0.2.7:8501\n" in said
    assert "http://10.1.2.3:8501\n" in said
    assert "in no network" in announcement(8501, [])


def test_an_address_of_the_room_is_one_of_this_machine() -> None:
    for address in room_addresses():
        assert not address.startswith("127.")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind((address, 0))  # fails when it is another machine's
