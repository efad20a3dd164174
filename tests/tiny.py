"""Tiny models of every family with random weights and a tokenizer of their own, built and saved in a second or two.

`save_tiny("bert", folder)` writes one as transformers would; `python -m tests.tiny FOLDER` writes them all, to
look at with HEADLIGHT_MODELS=FOLDER.
"""

import json
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

CORPUS = (
    "The teacher taught the students with the book.",
    "The students read the book that the teacher wrote.",
    "A queen and a king, a woman and a man, read the same book.",
    "She sat on the bank of the river; he sat in the bank.",
    "Der Löwe schläft, das Café ist zu. ¿Dónde está la niña?",
)
N_LAYERS = 3
N_DECODER_LAYERS = 2
N_HEADS = 4
D_MODEL = 24
CONTEXT = 40

# Names of families, and of others that only the generic family knows.
NAMED = (
    *("gpt2", "bert", "roberta", "llama", "llama3-rope", "qwen2", "qwen3", "mistral", "t5", "t5-gated", "mt5"),
    *("bart", "marian", "opt", "opt-post-norm", "bloom"),
)
GENERIC = ("gpt_neox", "phi", "falcon", "gemma2", "distilbert", "albert", "modernbert", "pegasus", "gpt_oss")
HEADLESS = ("gpt2-body", "bert-body", "bart-body")
RECURRENT = ("mamba",)
KINDS = NAMED + GENERIC + HEADLESS + RECURRENT


@cache
def byte_level(*, front: str | None) -> Tokenizer:
    """Return a byte-level BPE tokenizer, as GPT-2 has; `front` is put before every text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    specials = ["<|endoftext|>", "<pad>", "</s>", "<s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=331,
        special_tokens=specials,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    if front:
        tokenizer.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(single=f"{front} $A", special_tokens=[(front, specials.index(front))]),
            ]
        )
    return tokenizer


@cache
def framed_byte_level() -> Tokenizer:
    """Return a byte-level BPE tokenizer that puts <s> and </s> around a text, as RoBERTa and BART have."""
    tokenizer = Tokenizer.from_str(byte_level(front=None).to_str())
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 3), ("</s>", 2)]
    )
    return tokenizer


@cache
def masking_byte_level() -> Tokenizer:
    """Return the same with a mask token behind the trained vocabulary, as RoBERTa has."""
    tokenizer = Tokenizer.from_str(framed_byte_level().to_str())
    tokenizer.add_special_tokens(["<mask>"])
    return tokenizer


@cache
def word_piece() -> Tokenizer:
    """Return a WordPiece tokenizer that lowers case and takes accents off, as BERT has."""
    # Written down, as the Unigram one is: these two trainers give another vocabulary in every process.
    normalizer = normalizers.BertNormalizer(lowercase=True)
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words = [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(_normalised(normalizer))]
    letters = sorted({letter for word in words for letter in word})
    tokens = [*specials, *letters, *(f"##{letter}" for letter in letters), *words[::2]]
    vocabulary = {token: index for index, token in enumerate(dict.fromkeys(tokens))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.add_special_tokens(specials)
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def _normalised(normalizer: normalizers.Normalizer) -> str:
    text: str = normalizer.normalize_str(" ".join(CORPUS))
    return text


@cache
def unigram() -> Tokenizer:
    """Return a SentencePiece-like Unigram tokenizer that puts </s> after a text, as T5 and Marian have."""
    # Written down, not trained: the trainer gives another vocabulary in every process.
    text = " ".join(CORPUS)
    words = sorted({f"▁{word}" for word in text.split()})
    letters = sorted({"▁", *text.replace(" ", "")})
    pieces = [(each, 0.0) for each in ("<pad>", "</s>", "<unk>")]
    pieces += [(word, -5.0) for word in words] + [(letter, -9.0) for letter in letters]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


@cache
def byte_fallback() -> Tokenizer:
    """Return a BPE tokenizer that writes what it has no letters for as bytes, <0xF0>, as Llama has."""
    fallback = [f"<0x{byte:02X}>" for byte in range(256)]
    specials = ["<unk>", "<s>", "</s>"]
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.Metaspace()
    trained.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=97, show_progress=False))
    vocabulary = {token: index for index, token in enumerate([*specials, *fallback])}
    for token, _ in sorted(trained.get_vocab().items(), key=lambda item: item[1]):
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer = Tokenizer(
        models.BPE(vocab=vocabulary, merges=_merges(trained), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.add_special_tokens(specials)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def _merges(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    return [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def save_tiny(kind: str, folder: Path) -> None:
    """Write a tiny model of a kind in KINDS into a folder: config, safetensors, tokenizer. The same one every time."""
    config_class, model_class, values = ARCHITECTURES[kind]
    tokenizer = _tokenizer_of(kind)
    config = getattr(transformers, config_class)(vocab_size=tokenizer.get_vocab_size(), **values)
    torch.manual_seed(0)
    module = getattr(transformers, model_class)(config)
    if kind not in RECURRENT:
        _shake(module)
    module.save_pretrained(folder)
    _fast(tokenizer).save_pretrained(folder)


def _shake(module: Any) -> None:
    """Give every weight a size at which a forgotten norm, bias or scale changes what comes out."""
    with torch.no_grad():
        for name, weight in module.named_parameters():
            if weight.requires_grad:  # Marian's sinusoids are none to learn
                around_one = "norm" in name.lower() or "ln_" in name
                weight.normal_(mean=1.0 if around_one and name.endswith("weight") else 0.0, std=0.3)
        if hasattr(module, "final_logits_bias"):
            module.final_logits_bias.normal_()


def _fast(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    names = {
        "bos_token": ("<s>",),
        "eos_token": ("</s>", "<|endoftext|>"),
        "unk_token": ("<unk>", "[UNK]"),
        "pad_token": ("<pad>", "[PAD]"),
        "cls_token": ("[CLS]",),
        "sep_token": ("[SEP]",),
        "mask_token": ("[MASK]", "<mask>"),
    }
    vocabulary = tokenizer.get_vocab()
    specials = {
        name: token
        for name, candidates in names.items()
        if (token := next((each for each in candidates if each in vocabulary), None))
    }
    copy = Tokenizer.from_str(tokenizer.to_str())
    return PreTrainedTokenizerFast(tokenizer_object=copy, **specials)  # type: ignore[no-untyped-call]


STACKED = {"hidden_size": D_MODEL, "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS}
ENCODER = STACKED | {"intermediate_size": 40, "max_position_embeddings": CONTEXT, "pad_token_id": 0}
ROTARY = STACKED | {
    "intermediate_size": 40,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": None,
}
GPT2 = {
    "n_embd": D_MODEL,
    "n_layer": N_LAYERS,
    "n_head": N_HEADS,
    "n_positions": CONTEXT,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
OPT = STACKED | {"ffn_dim": 40, "max_position_embeddings": CONTEXT, "pad_token_id": 1, "bos_token_id": 2}
T5 = {
    "d_model": D_MODEL,
    "d_kv": 5,
    "d_ff": 40,
    "num_layers": N_LAYERS,
    "num_decoder_layers": N_DECODER_LAYERS,
    "num_heads": N_HEADS,
    "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 12,
    "decoder_start_token_id": 0,
    "pad_token_id": 0,
    "eos_token_id": 1,
}
BART = {
    "d_model": D_MODEL,
    "encoder_layers": N_LAYERS,
    "decoder_layers": N_DECODER_LAYERS,
    "encoder_attention_heads": N_HEADS,
    "decoder_attention_heads": N_HEADS,
    "encoder_ffn_dim": 40,
    "decoder_ffn_dim": 40,
    "max_position_embeddings": CONTEXT,
    "pad_token_id": 1,
    "bos_token_id": 3,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": 2,
}
MARIAN = BART | {
    "scale_embedding": True,
    "pad_token_id": 0,
    "eos_token_id": 1,
    "bos_token_id": 1,
    "decoder_start_token_id": 0,
    "forced_eos_token_id": 1,
}
LLAMA3_ROPE = {
    "rope_type": "llama3",
    "rope_theta": 500.0,
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}

# Kind -> the classes of its config and its model in transformers, and the values of the config.
ARCHITECTURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gpt2": ("GPT2Config", "GPT2LMHeadModel", GPT2),
    "gpt2-body": ("GPT2Config", "GPT2Model", GPT2),
    "bert": ("BertConfig", "BertForMaskedLM", ENCODER),
    "bert-body": ("BertConfig", "BertModel", ENCODER),
    "roberta": ("RobertaConfig", "RobertaForMaskedLM", ENCODER | {"pad_token_id": 1, "bos_token_id": 3}),
    "llama": ("LlamaConfig", "LlamaForCausalLM", ROTARY | {"head_dim": 10}),
    "llama3-rope": ("LlamaConfig", "LlamaForCausalLM", ROTARY | {"rope_parameters": LLAMA3_ROPE}),
    "qwen2": (
        "Qwen2Config",
        "Qwen2ForCausalLM",
        ROTARY | {"use_sliding_window": True, "sliding_window": 3, "max_window_layers": 1},
    ),
    "qwen3": ("Qwen3Config", "Qwen3ForCausalLM", ROTARY | {"head_dim": 8}),
    "mistral": ("MistralConfig", "MistralForCausalLM", ROTARY | {"sliding_window": 4}),
    "t5": ("T5Config", "T5ForConditionalGeneration", T5),
    "t5-gated": (
        "T5Config",
        "T5ForConditionalGeneration",
        T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "mt5": ("MT5Config", "MT5ForConditionalGeneration", T5 | {"feed_forward_proj": "gated-gelu"}),
    "bart": ("BartConfig", "BartForConditionalGeneration", BART),
    "bart-body": ("BartConfig", "BartModel", BART),
    "marian": ("MarianConfig", "MarianMTModel", MARIAN),
    "pegasus": ("PegasusConfig", "PegasusForConditionalGeneration", MARIAN),
    "opt": ("OPTConfig", "OPTForCausalLM", OPT),
    "opt-post-norm": (
        "OPTConfig",
        "OPTForCausalLM",
        OPT | {"do_layer_norm_before": False, "word_embed_proj_dim": 14},
    ),
    "bloom": ("BloomConfig", "BloomForCausalLM", {"hidden_size": 30, "n_layer": N_LAYERS, "n_head": 6}),
    "gpt_neox": (
        "GPTNeoXConfig",
        "GPTNeoXForCausalLM",
        STACKED | {"intermediate_size": 40, "max_position_embeddings": CONTEXT},
    ),
    "phi": ("PhiConfig", "PhiForCausalLM", ROTARY | {"hidden_size": 32}),  # turns half of each head
    "falcon": ("FalconConfig", "FalconForCausalLM", STACKED | {"alibi": True}),
    "gemma2": (
        "Gemma2Config",
        "Gemma2ForCausalLM",
        ROTARY | {"head_dim": 10, "sliding_window": 4, "final_logit_softcapping": 2.0, "pad_token_id": 0},
    ),
    "distilbert": (
        "DistilBertConfig",
        "DistilBertForMaskedLM",
        {
            "dim": D_MODEL,
            "hidden_dim": 40,
            "n_layers": N_LAYERS,
            "n_heads": N_HEADS,
            "max_position_embeddings": CONTEXT,
        },
    ),
    "albert": ("AlbertConfig", "AlbertForMaskedLM", ENCODER | {"embedding_size": 14}),
    "modernbert": (
        "ModernBertConfig",
        "ModernBertForMaskedLM",
        ENCODER
        | {
            "local_attention": 4,
            "global_attn_every_n_layers": 2,
            "bos_token_id": 2,
            "eos_token_id": 3,
            "cls_token_id": 2,
            "sep_token_id": 3,
        },
    ),
    "gpt_oss": (
        "GptOssConfig",
        "GptOssForCausalLM",
        ROTARY
        | {
            "head_dim": 8,
            "sliding_window": 4,
            "num_local_experts": 2,
            "num_experts_per_tok": 1,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
        },
    ),
    "mamba": (
        "MambaConfig",
        "MambaForCausalLM",
        {"hidden_size": D_MODEL, "num_hidden_layers": N_LAYERS, "state_size": 5},
    ),
}


def _tokenizer_of(kind: str) -> Tokenizer:
    if kind in ("bert", "bert-body", "distilbert", "albert", "modernbert"):
        return word_piece()
    if kind in ("t5", "t5-gated", "mt5", "marian", "pegasus"):
        return unigram()
    if kind == "roberta":
        return masking_byte_level()
    if kind in ("bart", "bart-body"):
        return framed_byte_level()
    if kind in ("llama", "mistral", "gemma2"):
        return byte_fallback()
    if kind in ("opt", "opt-post-norm"):
        return byte_level(front="</s>")
    return byte_level(front="<|endoftext|>" if kind in ("gpt2", "gpt2-body", "mamba") else None)


def save_all(root: Path, kinds: Iterable[str] = KINDS, done: Callable[[str], None] = lambda kind: None) -> None:
    """Write the tiny models into folders below `root` that are named after their kinds."""
    for kind in kinds:
        save_tiny(kind, root / kind)
        done(kind)


if __name__ == "__main__":
    save_all(Path(sys.argv[1]), done=print)
