"""Text in, an immutable Trace out. `from model.run import run` is the way in.

The environment is set here, before anything can import huggingface_hub or tokenizers, because both read it once.
"""

import os

# Offline unless asked: without this a model that is not on disk costs 23 to 46 s of connection retries.
os.environ["HF_HUB_OFFLINE"] = "0" if os.environ.get("HEADLIGHT_ONLINE") == "1" else "1"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")  # nobody here reads with the login of who runs the server
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
