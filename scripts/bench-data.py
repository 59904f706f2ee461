#!/usr/bin/env python3
"""The files of scripts/bench-data.sh, and PyTorch's DataLoader on them.

    bench-data.py make DIR COUNT BIG      COUNT images of each small format, BIG of 256x256
    bench-data.py peer FORMAT DIR BATCH BATCHES WORKERS
    bench-data.py rss COMMAND...          runs a command and prints its greatest resident memory in MB

peer prints images a second, the first batch left out, and the greatest resident memory in MB of
the process and of one worker. The data sets are as a user of PyTorch writes them: idx and npy are
arrays, a folder and a parquet file are decoded by Pillow; each image becomes float32 [C, H, W] in [-1, 1].
"""
import io
import os
import resource
import subprocess
import sys
import time

import numpy as np


def images(rng, n, size, channels):
    """Smooth random images: coarse noise, resized, with a little fine noise."""
    from PIL import Image

    for _ in range(n):
        coarse = rng.integers(0, 256, (max(size // 8, 4), max(size // 8, 4), 3), dtype=np.uint8)
        x = np.asarray(Image.fromarray(coarse).resize((size, size), Image.BICUBIC)).astype(np.int16)
        x = np.clip(x + rng.integers(-6, 7, x.shape), 0, 255).astype(np.uint8)
        yield x if channels == 3 else x[:, :, 0]


def encoded(x, kind):
    from PIL import Image

    b = io.BytesIO()
    Image.fromarray(x).save(b, kind, **({"quality": 90} if kind == "JPEG" else {}))
    return b.getvalue()


def make(root, count, big):
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    grey = np.stack(list(images(rng, count, 28, 1)))
    labels = (np.arange(count) % 10).astype(np.uint8)
    os.makedirs(f"{root}/idx", exist_ok=True)
    with open(f"{root}/idx/train-images-idx3-ubyte", "wb") as f:
        f.write(np.array([0x803, count, 28, 28], ">i4").tobytes() + grey.tobytes())
    with open(f"{root}/idx/train-labels-idx1-ubyte", "wb") as f:
        f.write(np.array([0x801, count], ">i4").tobytes() + labels.tobytes())
    small = np.stack(list(images(rng, count, 32, 3)))
    np.save(f"{root}/x.npy", small)
    jpegs = [encoded(x, "JPEG") for x in small]
    pq.write_table(pa.table({
        "img": pa.array([{"bytes": j, "path": None} for j in jpegs],
                        pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        "label": pa.array(labels.astype(np.int64)),
    }), f"{root}/train.parquet", row_group_size=1000)
    for name, blobs in (("jpeg32", jpegs), ("png32", (encoded(x, "PNG") for x in small)),
                        ("jpeg256", (encoded(x, "JPEG") for x in images(rng, big, 256, 3)))):
        for i, blob in enumerate(blobs):
            d = f"{root}/{name}/{i % 10}"
            os.makedirs(d, exist_ok=True)
            with open(f"{d}/{i:06d}.{name[:-2].rstrip('2').replace('jpeg', 'jpg')}", "wb") as f:
                f.write(blob)


def dataset(kind, root):
    import torch
    from PIL import Image

    def tensor(x):
        x = torch.from_numpy(np.array(x, dtype=np.uint8))
        x = x[:, :, None] if x.dim() == 2 else x
        return x.permute(2, 0, 1).contiguous().float().div_(127.5).sub_(1)

    class Arrays(torch.utils.data.Dataset):
        def __init__(self, x):
            self.x = x

        def __len__(self):
            return len(self.x)

        def __getitem__(self, i):
            return tensor(self.x[i]), i % 10

    class Folder(Arrays):
        def __getitem__(self, i):
            with open(self.x[i], "rb") as f:
                return tensor(Image.open(f).convert("RGB")), int(os.path.basename(os.path.dirname(self.x[i])))

    class Parquet(Arrays):
        def __getitem__(self, i):
            row = self.x.slice(i, 1).to_pylist()[0]
            return tensor(Image.open(io.BytesIO(row["img"]["bytes"])).convert("RGB")), row["label"]

    if kind == "idx":
        return Arrays(np.fromfile(f"{root}/idx/train-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 28, 28))
    if kind == "npy":
        return Arrays(np.load(f"{root}/x.npy", mmap_mode="r"))
    if kind == "parquet":
        import pyarrow.parquet as pq

        return Parquet(pq.read_table(f"{root}/train.parquet"))
    return Folder(sorted(os.path.join(d, n) for d, _, ns in os.walk(f"{root}/{kind}") for n in ns))


def peer(kind, root, batch, batches, workers):
    import torch

    loader = torch.utils.data.DataLoader(dataset(kind, root), batch, shuffle=True, num_workers=workers,
                                         drop_last=True, persistent_workers=True)
    seen, begin = -1, None
    while seen < batches:
        for _ in loader:
            seen += 1
            if begin is None:
                begin = time.time()
            if seen == batches:
                break
    seconds = time.time() - begin
    del loader
    mb = [resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"{batches * batch / seconds:.1f} {mb[0]:.0f} {mb[1]:.0f}")


def main(args):
    if args[0] == "make":
        make(args[1], int(args[2]), int(args[3]))
    elif args[0] == "peer":
        peer(args[1], args[2], *map(int, args[3:6]))
    elif args[0] == "rss":
        subprocess.run(args[1:], check=True, stdout=subprocess.DEVNULL)
        print(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:] or ["help"])
