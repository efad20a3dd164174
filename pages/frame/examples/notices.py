"""What an example is: a sentence, and what to notice in it, on which page and with which bundled model."""

from collections.abc import Sequence
from dataclasses import dataclass

Head = tuple[int, int]  # layer and head


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What to notice on a page, with a bundled model.

    `text` is plain text that may hold {heads}, or {0}, {1} … for each of the heads.
    """

    page: str  # its path
    model: str
    claim: str  # the name of its test
    text: str
    heads: tuple[Head, ...] = ()

    @property
    def sentence(self) -> str:
        """The text as a pupil reads it."""
        spelled = [f"layer {layer}, head {head}" for layer, head in self.heads]
        sentence = self.text.format(*spelled, heads=listed(spelled))
        return sentence[:1].upper() + sentence[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """An example: a sentence, and what goes into the other boxes. Its texts are chosen once, so they are its name."""

    title: str  # in the list: what is to be seen
    text: str
    target: str = ""  # what the decoder of the translator reads; empty: what it writes itself
    second: str = ""  # B's sentence on the Compare heads page
    words: str = ""  # to compare on the Embeddings page
    hidden: str = ""  # the word that is hidden from a masked language model
    notices: tuple[Notice, ...]

    @property
    def boxes(self) -> dict[str, str]:
        """What goes into the boxes beside the sentence's, by the name of their parameter in the address."""
        return {"target": self.target, "text_b": self.second, "words": self.words}

    @property
    def models(self) -> tuple[str, ...]:
        """The models that show something of it."""
        return tuple(dict.fromkeys(notice.model for notice in self.notices))

    def notices_for(self, model: str) -> tuple[Notice, ...]:
        """Return what there is to notice with a model, on every page."""
        return tuple(notice for notice in self.notices if notice.model == model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Examples that show things of one kind."""

    title: str
    presets: tuple[Preset, ...]


def listed(names: Sequence[str]) -> str:
    """Return names as they stand in a sentence: "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
