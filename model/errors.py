"""What can go wrong, in sentences a pupil understands: what happened, and what to do.

Each message is shown on screen as it is, so it names no path, class or traceback.
"""


class HeadlightError(Exception):
    """Base of all errors whose message is written for the person at the screen."""


class TextError(HeadlightError):
    """The text cannot be read by this model (it is empty, or nothing is left of it)."""


class ModelNotFoundError(HeadlightError):
    """The model is not on this computer. `downloadable` holds the Hub id when it could be fetched."""

    def __init__(self, message: str, *, downloadable: str | None = None) -> None:
        super().__init__(message)
        self.downloadable = downloadable


class ModelRefusedError(HeadlightError):
    """The model breaks an admission rule: not allowed here, unsafe, too large, or not of a kind we can trace."""


class ModelBrokenError(HeadlightError):
    """The model's files are damaged or do not fit together."""


class ModelChangedError(HeadlightError):
    """The model's files are no longer those that made a trace."""


class DownloadError(HeadlightError):
    """A download could not be started or did not finish."""


class BusyError(HeadlightError):
    """Too many requests wait, or this one waited past its deadline."""


class NotShownError(HeadlightError):
    """This model has no such thing, or its family does not say where it is."""


class TraceFileError(HeadlightError):
    """The files of a saved trace are missing, damaged, or were written by something else."""
