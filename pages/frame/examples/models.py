"""The models that the examples speak of, and those of their heads that do one thing."""

from headlight.pages.frame.examples.notices import Head

DECODER = "headlight-decoder"
TRANSLATOR = "headlight-translator"
ENCODER = "headlight-encoder"
RECURRENT = "headlight-recurrent"

# The decoder's heads, by what they read.
PREVIOUS: Head = (2, 7)  # the token before
FIRST: Head = (1, 0)  # the token that opens the text
VERB: Head = (4, 7)  # "taught", from the word at the end of the sentence with the teacher
NOUN: Head = (3, 3)  # "students", from there
AFTER_SAME: Head = (4, 5)  # what followed the same token earlier

# The translator's heads of cross-attention that look at the word they translate, also where the order changes.
CROSSING: tuple[Head, ...] = ((1, 4), (1, 6))
# The encoder's heads.
BEFORE: Head = (0, 0)  # the token before
AFTER: Head = (0, 6)  # the token after
