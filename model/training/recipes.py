"""The recipes: every number that decides what a bundled model becomes, as frozen dataclasses."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What all recipes have. Sizes are in tokens or dimensions, shares between 0 and 1.

    The matrices of the layers are moved by Muon, everything else by AdamW; both learning rates rise in a line for
    `warmup_steps`, stay, and after `constant_share` of the run fall in a line to 0.
    """

    name: str
    title: str
    seed: int = 1
    vocab_size: int
    d_model: int
    n_layers: int
    context: int  # the most tokens the model reads
    dropout: float = 0.0
    batch_tokens: int  # of one step
    matrix_learning_rate: float = 0.02
    matrix_momentum: float = 0.95
    matrix_weight_decay: float = 0.1  # without it, heads collapse onto one token
    learning_rate: float = 3e-3
    betas: tuple[float, float] = (0.9, 0.95)
    warmup_steps: int = 100
    constant_share: float = 0.6
    max_gradient_norm: float = 1.0
    weights: tuple[tuple[str, float], ...] = ()  # the share of a source's documents that is read; 1 when not named
    bfloat16: bool = True  # matrix products in half the bits where that is faster; weights and sums stay in float32
    n_snapshots: int = 0  # weights kept on the way, at shares of the run that are evenly apart on a log axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator(Recipe):
    """An encoder-decoder after Vaswani et al. 2017: sinusoidal positions, the norm after each part."""

    n_decoder_layers: int
    n_heads: int
    d_ff: int
    label_smoothing: float
    n_practice: int  # pairs of simple sentences beside those of the corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder(Recipe):
    """An encoder after Devlin et al. 2019, trained to fill in masked words."""

    n_heads: int
    d_ff: int
    windows: tuple[int, ...]  # tokens of one training example; one of them is drawn for every step
    masked_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoder(Recipe):
    """A decoder after Radford et al. 2019, trained to foresee the next token."""

    n_heads: int
    d_ff: int
    window: int  # tokens of one training example
    copied_share: float  # of the windows: in them a passage comes twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrent(Recipe):
    """An LSTM language model, after Hochreiter and Schmidhuber 1997, on the decoder's tokenizer and text."""

    window: int  # tokens of one training example
    copied_share: float  # of the windows: in them a passage comes twice


TRANSLATOR = Translator(
    name="headlight-translator",
    title="Headlight translator",
    vocab_size=5400,
    d_model=192,
    n_layers=3,
    n_decoder_layers=2,
    n_heads=8,
    d_ff=768,
    context=128,
    dropout=0.1,
    batch_tokens=2048,  # of the longer side, padding included
    warmup_steps=200,
    label_smoothing=0.1,
    n_practice=3000,
)
ENCODER = Encoder(
    name="headlight-encoder",
    title="Headlight encoder",
    vocab_size=8000,
    d_model=192,
    n_layers=4,
    n_heads=8,
    d_ff=768,
    context=128,
    windows=(32, 32, 64, 64, 128),
    batch_tokens=2048,
    masked_share=0.4,  # many words learned from in a step, as in Wettig et al. 2023; a short run needs them
    # Half of the old novels and of the textbooks: what pupils type is nearer to the rest.
    weights=(
        ("schema-guided-dialogue", 0.25),
        ("standardebooks-00", 0.5),
        ("standardebooks-01", 0.5),
        ("openstax-earlier-ccby", 0.5),
    ),
)
DECODER = Decoder(
    name="headlight-decoder",
    title="Headlight decoder",
    vocab_size=8192,
    d_model=256,
    n_layers=6,
    n_heads=8,
    d_ff=1024,
    context=256,
    window=256,
    copied_share=0.1,
    batch_tokens=4096,
    n_snapshots=8,
    weights=(("schema-guided-dialogue", 0.5),),
)
RECURRENT = Recurrent(
    name="headlight-recurrent",
    title="Headlight recurrent model",
    vocab_size=8192,
    d_model=392,  # with 3 layers as many parameters as the decoder, within 0.1 %
    n_layers=3,
    context=256,
    window=96,
    copied_share=0.1,
    batch_tokens=3072,
    matrix_learning_rate=0.01,
    warmup_steps=50,
    weights=(("schema-guided-dialogue", 0.5),),
)

RECIPES: dict[str, Recipe] = {each.name: each for each in (TRANSLATOR, ENCODER, DECODER, RECURRENT)}
