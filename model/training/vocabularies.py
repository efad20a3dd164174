"""The tokenizers of the bundled models, made from the training text: byte-level BPE, Unigram, WordPiece."""

import io
from collections.abc import Iterable
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

END_OF_TEXT = "<|endoftext|>"
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"
LETTER_FOR_APOSTROPHE = "\ua78c"  # sentencepiece cuts words at signs; so that "don't" may be one piece


def byte_level(lines: Iterable[str], vocab_size: int, context: int) -> Any:
    """Return a byte-level BPE (Radford et al. 2019) that puts END_OF_TEXT, its ID 0, in front of a text."""
    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(lines, trainer)
    backend.post_processor = processors.TemplateProcessing(
        single=f"{END_OF_TEXT} $A", special_tokens=[(END_OF_TEXT, backend.token_to_id(END_OF_TEXT))]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        pad_token=END_OF_TEXT,
        model_max_length=context,
    )


def unigram(lines: Iterable[str], vocab_size: int, context: int) -> Any:
    """Return a Unigram tokenizer (Kudo 2018) that closes a text with END; END and PAD have the last two IDs.

    They are no pieces of the Unigram model, or a typed "</s>" would become one. The pieces come from sentencepiece:
    the trainer of `tokenizers` never finds a word that begins no other word.
    """
    import sentencepiece

    backend = Tokenizer(models.Unigram())
    backend.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace("’", "'"), normalizers.Replace(Regex(r"\s+"), " ")]
    )
    clean = (backend.normalizer.normalize_str(line).replace("'", LETTER_FOR_APOSTROPHE) for line in lines)
    learned = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=clean,
        model_writer=learned,
        model_type="unigram",
        vocab_size=vocab_size - 2,
        character_coverage=1.0,
        normalization_rule_name="identity",
        unk_id=0,
        pad_id=-1,
        eos_id=-1,
        bos_id=-1,
        unk_piece=UNKNOWN,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    pieces = sentencepiece.SentencePieceProcessor(model_proto=learned.getvalue())
    backend.model = models.Unigram(
        [
            (pieces.id_to_piece(index).replace(LETTER_FOR_APOSTROPHE, "'"), pieces.get_score(index))
            for index in range(len(pieces))
        ],
        unk_id=0,
    )
    backend.add_special_tokens([END, PAD])
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, backend.token_to_id(END))]
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend, pad_token=PAD, eos_token=END, unk_token=UNKNOWN, model_max_length=context
    )


def word_piece(lines: Iterable[str], vocab_size: int, context: int) -> Any:
    """Return a WordPiece tokenizer in lower case (Devlin et al. 2019) that reads a text as [CLS] text [SEP]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    backend.train_from_iterator(
        lines, trainers.WordPieceTrainer(vocab_size=vocab_size, special_tokens=special, show_progress=False)
    )
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(each, backend.token_to_id(each)) for each in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=backend,
        pad_token="[PAD]",  # noqa: S106 -- a token of text
        unk_token="[UNK]",  # noqa: S106
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
        mask_token="[MASK]",  # noqa: S106
        model_max_length=context,
    )
