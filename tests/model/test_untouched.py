"""Importing the code, and running a model, changes nothing in the caller's process and asks no network."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

# Run in a process of its own, and twice: torch and transformers are there already, or come with what is tried.
LOOK = """
import gc, json, logging, os, socket, sys, threading, warnings

def refuse(*arguments, **options):
    raise AssertionError(f"the network was asked: {arguments}")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse

def look():
    import torch
    found = {
        "environment": dict(os.environ),
        "threads": torch.get_num_threads(),
        "frozen": gc.get_freeze_count(),
        "collecting": gc.isenabled(),
        "filters": [str(each) for each in warnings.filters if "sympy" not in str(each)],  # which speaks of itself
        "levels": {name: logging.getLogger(name).level for name in ("", "transformers", "huggingface_hub", "torch")},
        "excepthooks": [str(sys.excepthook), str(threading.excepthook)],
    }
    elsewhere = []
    new = threading.Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
    new.start()
    new.join()
    return found | {"threads elsewhere": elsewhere}
"""
PROGRAM = """
import transformers
from transformers.utils import logging as transformers_logging
before = look() | {"bars": transformers_logging.is_progress_bar_enabled()}
import headlight
trace = headlight.run("headlight-decoder", "The teacher taught the students")
from headlight.model import questions
questions.head_vectors(trace, trace.attentions[0], 0, 0)
questions.word_space(trace)
headlight.explore(trace)
after = look() | {"bars": transformers_logging.is_progress_bar_enabled()}
from headlight.model.engine import default_engine
print(json.dumps([before, after, default_engine().policy.deadline_s]))
"""


def test_importing_and_running_changes_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK + PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    before, after, deadline_s = json.loads(done.stdout.splitlines()[-1])
    differences: dict[str, Any] = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    assert differences == {}
    assert deadline_s is None


def test_asking_needs_no_torch_until_something_is_asked() -> None:
    program = "import sys, headlight.model.questions; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"torch", "transformers", "huggingface_hub"}.isdisjoint(done.stdout.split())


def test_the_app_takes_its_process_over() -> None:
    program = (
        "import json, os\n"
        "from headlight.pages.frame.policy import take_over\n"
        "take_over()\n"
        "take_over()\n"
        "import torch\n"
        "from headlight.model.engine import default_engine\n"
        "engine = default_engine()\n"
        "print(json.dumps([os.environ['HF_HUB_OFFLINE'], torch.get_num_threads(), engine.policy.deadline_s]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["1", 1, 10.0]
