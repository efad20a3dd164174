"""Looking into the engine of this process, as only tests may: the model behind a trace, and its vectors."""

import numpy as np
from jaxtyping import Float

from headlight.model.admitting.catalog import admit
from headlight.model.admitting.loading import LoadedModel
from headlight.model.engine import default_engine
from headlight.model.engine.local import LocalEngine
from headlight.model.trace import Trace


def local_engine() -> LocalEngine:
    """Return the engine of this process."""
    engine = default_engine()
    assert isinstance(engine, LocalEngine)
    return engine


def loaded(model: str | Trace) -> LoadedModel:
    """Return the model of a name, or the one that made a trace."""
    engine = local_engine()
    return engine.loaded(admit(model)) if isinstance(model, str) else engine._loaded_for(model.key.model)


def vocabulary_vectors(trace: Trace) -> Float[np.ndarray, "vocab d_model"]:
    """Return the input embedding of every token of the trace's model: a copy."""
    model = loaded(trace)
    found: np.ndarray = model.family.vocabulary(model.module).detach().numpy().copy()
    return found
