"""Text in, an immutable Trace out. `from headlight.model.run import run` is the way in.

Importing it, and running a model, changes nothing in the caller's process: that is left to who owns the process.
"""
