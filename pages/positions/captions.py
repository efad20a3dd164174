"""How to read the Positions page, by the way in which the model tells positions."""

from headlight.model.science.positions import AddedPositions, Positions


def caption_for(positions: Positions | None, *, has_attention: bool) -> str:
    """Return the caption. `positions` is None for a model without a scheme that can be drawn."""
    match positions:
        case AddedPositions():
            return (
                "In the tables each row is a position and each column a dimension; orange is above 0, blue below, and "
                "a bar at the left marks the rows this sentence uses. The vectors are the same for every sentence: "
                "they know the place and nothing of the token that stands there. They show what the model is given, "
                "not what it makes of it: whether a head uses the place is seen on the Attention page."
            )
        case None if not has_attention:
            return (
                "A model that reads one token after the other needs no positions: the order is in the reading. The "
                "attention of an encoder reads all tokens at once and could not tell “dog bites man” from “man bites "
                "dog” if nothing told it the places, which is what the sinusoids were made for. They are shown as that "
                "lesson and are not part of the chosen model."
            )
        case None:
            return "The sinusoids are shown as the general lesson; they are not part of the chosen model."
        case _:
            return (
                "This model adds nothing to the embeddings: the place comes in where scores are made, in every layer "
                "and head. The figures show what is done to the scores, not how much a head lets itself be moved by "
                "it. The sinusoids are shown for comparison; they are not part of this model."
            )
