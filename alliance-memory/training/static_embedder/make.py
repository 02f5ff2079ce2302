"""Makes the vectors of `StaticEmbedder` and the rows that its test expects. See README.md.

    python make.py MODEL [--check] [--cache DIR]

MODEL is the folder of the model's files. With `--check` nothing is written; it says whether the files in the repository
are the same byte for byte. With `--cache` what the model says is kept in DIR, and read from there if it is.
"""

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models

from encoder import Encoder
from fit import fitted
from format import in_order, packed

HERE = Path(__file__).parent
DATA = HERE / "../../data/static_embedder"
TEXTS = HERE / "../../../alliance-safety/training/data"
SOURCES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
TEXTS_SUM = "d68e9580ecf3514cbe5d98fa58333eed06aaa344ac29c41e5c737856e2d4e752"
DIMENSIONS = 64
# How soon frequent pieces count less: a / (a + p), p a piece's share by Zipf's law and its rank.
RARITY = 1e-3
FIRST, LAST = 101, 102
# Tokens of a text that the model looks at, and tokens in a batch.
LONGEST = 126
BATCH = 2048


def check_sources(model):
    for name, expected in SOURCES.items():
        found = hashlib.sha256((model / name).read_bytes()).hexdigest()
        if found != expected:
            sys.exit(f"{name} is another file: {found}")


def own_texts():
    """English messages written for this project, in the order of their files."""
    files = sorted(TEXTS.glob("en-*.txt"))
    rows = [line.strip().split("|", 2) for file in files for line in file.read_text("utf-8").splitlines()]
    texts = [row[2] for row in rows if len(row) == 3]
    rows = map(json.loads, (TEXTS / "input_train.jsonl").read_text("utf-8").splitlines())
    texts += [row["text"] for row in rows if row["lang"] == "en"]
    found = hashlib.sha256("\n".join(texts).encode()).hexdigest()
    if found != TEXTS_SUM:
        print(f"the texts are others than those that the vectors in the repository were made with: {found}")
    return texts


def encoded(encoder, texts):
    """The model's vectors of texts, given as ids. Batches hold texts of one length and are always the same ones, since
    their sizes decide how sums are rounded."""
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), at))
    vectors = np.zeros((len(texts), 384), np.float32)
    while order:
        length = len(texts[order[0]])
        batch = [at for at in order[: max(1, BATCH // length)] if len(texts[at]) == length]
        vectors[batch] = encoder.encode(np.array([texts[at] for at in batch]))
        order = order[len(batch) :]
    return vectors


def cached(cache, name, make):
    file = cache and cache / f"{name}.npy"
    if file and file.exists():
        return np.load(file)
    made = make()
    if file:
        np.save(file, made)
    return made


def axes_of(vectors):
    """The first principal axes, the sign of each so that its greatest entry is positive."""
    _, _, axes = np.linalg.svd(vectors, full_matrices=False)
    axes = axes[:DIMENSIONS]
    return axes * np.sign(axes[np.arange(DIMENSIONS), np.abs(axes).argmax(1)])[:, None]


def rarity(count):
    """Smooth inverse frequency. The vocabulary stands in order of frequency, roughly."""
    share = 1 / np.arange(1, count + 1)
    return RARITY / (RARITY + share / share.sum())


def quantised(vectors):
    scales = (np.abs(vectors).max(1) / 127).astype(np.float32)
    scales[scales == 0] = 1
    return scales, np.round(vectors / scales[:, None]).astype(np.int8)


def expected_rows(tokenizer, rows):
    """A line for each sentence: the text, and the rows of its pieces by the model's own tokeniser, which here knows no
    pieces but those that are kept."""
    known = {piece: row + 1 for piece, row in rows.items()}
    tokenizer.model = models.WordPiece({"[UNK]": 0} | known, unk_token="[UNK]", max_input_chars_per_word=100)
    for text in (HERE / "sentences.txt").read_text("utf-8").splitlines():
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        yield json.dumps([text, [id - 1 for id in ids if id > 0]], ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    check_sources(options.model)
    vocabulary = (options.model / "vocab.txt").read_text("utf-8").splitlines()
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    encoder = Encoder(options.model / "model.safetensors")

    alone = [[FIRST, id, LAST] for id in range(len(vocabulary))]
    alone = cached(options.cache, "vocab", lambda: encoded(encoder, alone))
    texts = [tokenizer.encode(text, add_special_tokens=False).ids[:LONGEST] for text in own_texts()]
    whole = [[FIRST, *text, LAST] for text in texts]
    whole = cached(options.cache, "own", lambda: encoded(encoder, whole))

    # Latin letters and digits only, in the vocabulary's order.
    ids = [id for id, piece in enumerate(vocabulary) if re.fullmatch(r"(##)?[a-z0-9]+", piece)]
    pieces = [vocabulary[id] for id in ids]
    place = {id: number for number, id in enumerate(ids)}
    vectors = alone[ids].astype(np.float64)
    vectors -= vectors.mean(0)
    axes = axes_of(vectors)
    vectors = vectors @ axes.T * rarity(len(ids))[:, None]
    bags = [[place[id] for id in text if id in place] for text in texts]
    vectors = fitted(vectors, bags, (whole - whole.mean(0)) @ axes.T)

    begin, go_on = in_order(pieces)
    number = {piece: number for number, piece in enumerate(pieces)}
    scales, entries = quantised(vectors[[number[piece] for piece in begin + go_on]])
    rows = {piece: row for row, piece in enumerate(begin + go_on)}
    lines = expected_rows(tokenizer, rows)
    made = {"vectors.bin": packed(begin, go_on, scales, entries), "pieces.jsonl": "".join(lines).encode()}
    for name, data in made.items():
        print(name, len(data), "bytes, sha256", hashlib.sha256(data).hexdigest())
        if not options.check:
            (DATA / name).write_bytes(data)
        elif (DATA / name).read_bytes() != data:
            sys.exit(f"{name} in the repository is another")


if __name__ == "__main__":
    main()
