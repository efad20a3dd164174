"""How the app treats the process it owns: offline, steady when many ask at once, and with little garbage to look at.

Whoever imports the code for another purpose gets nothing of this.
"""

import gc
import os

from headlight.model.engine import Policy, set_policy


def settle_memory() -> None:
    """Free what nothing refers to, and move all that lives now out of the garbage collector's sight.

    Streamlit collects after every script run while it holds the interpreter's lock; with torch and transformers
    imported that costs 210 ms a run, and nothing once they are frozen.
    """
    gc.unfreeze()  # else a model that was dropped, and is part of a cycle, would stay for ever
    gc.collect()
    gc.freeze()


def _after_load() -> None:
    if gc.isenabled():  # else somebody loads more, and settles when all is there
        settle_memory()


POLICY = Policy(
    deadline_s=10.0,
    load_deadline_s=120.0,
    most_waiting=64,
    most_loads=8,
    n_threads=1,  # steadier on shared machines, and 30 users at once are served faster
    after_load=_after_load,
)


def take_over() -> None:
    """Make this process the app's. Call it before anything imports huggingface_hub or transformers: they look once."""
    # Offline unless asked: without this a model that is not on disk costs 23 to 46 s of connection retries.
    os.environ["HF_HUB_OFFLINE"] = "0" if os.environ.get("HEADLIGHT_ONLINE") == "1" else "1"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")  # nobody reads with the login of who runs the server
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # transformers' too: a server's log is no terminal
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    set_policy(POLICY)
