"""Prints the golden values of TestFashionMNIST from the files of Debian's dataset-fashion-mnist:

    python3 datasets/testdata/fashion.py /usr/share/datasets/fashion-mnist
"""
import gzip
import hashlib
import struct
import sys

for split, stem in ("train", "train"), ("test", "t10k"):
    pixels = gzip.open(f"{sys.argv[1]}/{stem}-images-idx3-ubyte.gz").read()[16:]
    labels = gzip.open(f"{sys.argv[1]}/{stem}-labels-idx1-ubyte.gz").read()[8:]
    header = b"".join(struct.pack("<Q", n) for n in (len(labels), 28, 28, 1, 10, 255))
    print(f'{{"{split}", {len(labels)}, {sum(pixels)},')
    print(f'\t"sha256:{hashlib.sha256(header + pixels + labels).hexdigest()}"}},')
