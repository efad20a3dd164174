"""The sentences that the measures are taken on."""

ORDINARY = (
    "The teacher taught the students with the book",
    "She opened the window because the room was too hot",
    "My brother and I went to the market to buy some fruit",
    "There was once a little girl who lived near the forest",
    "He said that he would come back before the end of the week",
)
REPEATED = (
    "The red car, the green car, the blue car. The red car, the green car, the blue car.",
    "a b c d e f a b c d e f",
    "one three seven two one three seven two",
)
LISTS = REPEATED
GOES_ON = (
    "The teacher taught the students with the",
    "Once upon a time there was a",
    "I would like to book a table at a",
    "Thank you very",
    "She drank a cup of",
    "The president of the United",
    "A man riding a wave on a",
    "The children went to the",
    "My name is Anna and I live in Spain. My name is",
)
AGREEMENT = (  # text, the verb that agrees, the other
    ("The dogs in the garden", "were", "was"),
    ("The dogs in the garden", "are", "is"),
    ("The dog in the gardens", "was", "were"),
    ("The dog in the gardens", "is", "are"),
    ("The keys to the cabinet", "are", "is"),
    ("The keys to the cabinet", "were", "was"),
    ("The men behind the tree", "were", "was"),
    ("The man behind the trees", "was", "were"),
    ("The children in the picture", "are", "is"),
    ("The child in the pictures", "is", "are"),
    ("The books on the table", "are", "is"),
    ("The book on the tables", "is", "are"),
    ("The boys near the house", "were", "was"),
    ("The boy near the houses", "was", "were"),
)
FACTS = (
    ("The capital of France is", "Paris"),
    ("The sun rises in the east and sets in the", "west"),
    ("There are seven days in a", "week"),
    ("The president of the United", "States"),
    ("Two and two make", "four"),
    ("Snow is", "white"),
)
# The same word at the same place behind two kinds of context, ten sentences of each.
CONTEXTS = (
    (
        "She rowed the boat down the river to the bank",
        "They swam across the cold water to the bank",
        "The old fishermen pulled their boat to the bank",
        "We walked along the little stream to the bank",
        "The boys ran down through the grass to the bank",
        "The birds came out of the lake to the bank",
        "He tied the boat and climbed up to the bank",
        "The water carried the wood back to the bank",
        "The horse drank and went back to the bank",
        "I caught a fish and sat on the bank",
    ),
    (
        "She took the money out of the shop to the bank",
        "They carried all the cash to the bank",
        "The customers brought their gold coins to the bank",
        "We went with our money to the bank",
        "The clerk took the business papers to the bank",
        "The company paid its debt back to the bank",
        "He sold the house and went to the bank",
        "The thieves brought the gold back to the bank",
        "The merchant counted and went back to the bank",
        "I opened my account at the bank",
    ),
)
TRANSLATED = (
    "The black cat sleeps.",
    "I have a black cat.",
    "I do not eat fish.",
    "I don't know where my keys are.",
    "My sister bought a red car yesterday.",
    "Where is the bank?",
    "The white house is big.",
    "She has blue eyes.",
    "The teacher taught the students with the book",
    "He sat on the bank of the river",
)
CROSSING = (  # text, and (English, Spanish) that stand in another order
    ("The black cat sleeps.", (("black", "negro"), ("cat", "gato"))),
    ("I have a black cat.", (("black", "negro"), ("cat", "gato"))),
    ("She has blue eyes.", (("blue", "azules"), ("eyes", "ojos"))),
)
OTHER_CROSSING = (
    ("He has a black dog.", (("black", "negro"), ("dog", "perro"))),
    ("I want a red car.", (("red", "rojo"), ("car", "coche"))),
    ("She has a red dress.", (("red", "rojo"), ("dress", "vestido"))),
    ("The white dog eats.", (("white", "blanco"), ("dog", "perro"))),
)
BLANKS = (  # text, and the word that is hidden
    ("The president of the United States spoke.", "united"),
    ("The man lost his hat.", "his"),
    ("The woman lost her hat.", "her"),
    ("He went to the bank to get some money.", "money"),
    ("I would like to book a table at a restaurant.", "table"),
    ("She opened the door and went out.", "door"),
    ("Do you want to go home?", "you"),
    ("The dogs in the garden were barking.", "were"),
)
WORDS = ("king", "man", "woman", "Tuesday", "red", "blue", "dog", "seven", "London", "eat", "sister", "morning")
