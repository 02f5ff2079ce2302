"""The file of vectors, as `src/static_embedder/table.rs` reads it."""

import struct

MAGIC = b"allivecs"
VERSION = 1
MASK = (1 << 64) - 1


def mix(total, word):
    total = ((total ^ word) * 0xFF51AFD7ED558CCD) & MASK
    return total ^ (total >> 32)


def checksum(data):
    """As `recall::checksum`: four sums beside each other over blocks of 32 bytes, the last one filled up, then one."""
    sums = [1, 2, 3, len(data)]
    whole = len(data) // 32 * 32
    for words in struct.iter_unpack("<4Q", data[:whole] + data[whole:].ljust(32, b"\0")):
        for place, word in enumerate(words):
            sums[place] = mix(sums[place], word)
    total = 0
    for part in sums:
        total = mix(total, part)
    return total


def in_order(pieces):
    """Rows of the file: pieces that begin a word, then those that go on with one (`##`), each sorted."""
    begin = sorted(piece for piece in pieces if not piece.startswith("##"))
    go_on = sorted(piece for piece in pieces if piece.startswith("##"))
    return begin, go_on


def packed(begin, go_on, scales, entries):
    """The bytes of a file. `scales` are float32 of [rows], `entries` int8 of [rows, dimensions]."""
    letters = [piece.removeprefix("##").encode("ascii") for piece in begin + go_on]
    head = MAGIC + struct.pack("<4I", VERSION, entries.shape[1], len(begin), len(go_on))
    head += bytes(map(len, letters)) + b"".join(letters)
    data = head + scales.astype("<f4").tobytes() + entries.astype("i1").tobytes()
    return data + struct.pack("<Q", checksum(data))
