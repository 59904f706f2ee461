"""Writes pictures into parquet files with pyarrow and into tar files with GNU tar.

    pip install pyarrow==26.0.1 numpy==2.4.6 pillow==13.0.0
    python3 make.py
"""
import io
import json
import os
import subprocess
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

N, H, W = 12, 6, 5


def picture(i, h=H, w=W, c=3):
    row, col, ch = np.meshgrid(np.arange(h), np.arange(w), np.arange(c), indexing="ij")
    x = ((i * 37 + row * 11 + col * 5 + ch * 3) % 256).astype(np.uint8)
    b = io.BytesIO()
    Image.fromarray(x if c == 3 else x[:, :, 0]).save(b, "PNG")
    return b.getvalue()


pictures = [picture(i) for i in range(N)]
label = [i * 5 % 3 for i in range(N)]
names = ["ape", "bee", "cat"]
meta = {"info": {"features": {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}}}
struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def column(bytes):
    return pa.array([b and {"bytes": b, "path": f"{i}.png"} for i, b in enumerate(bytes)], struct)


def write(name, columns, meta=None, **more):
    t = pa.table(columns)
    if meta:
        t = t.replace_schema_metadata({"huggingface": json.dumps(meta)})
    pq.write_table(t, name + ".parquet", row_group_size=7, write_batch_size=2, data_page_size=200,
                   store_schema=bool(meta), **more)


write("hf", {"image": column(pictures), "label": label}, meta)
write("words", {"jpg": pictures, "label": [names[k] for k in label], "caption": ["a picture"] * N},
      compression="zstd")
write("cats", {"jpg": pictures[:2], "label": ["cat"] * 2})
write("dogs", {"jpg": pictures[:2], "label": ["dog"] * 2})
write("grey", {"image": column([picture(i, c=1) for i in range(N)])}, use_dictionary=False, compression="none",
      data_page_version="2.0")
write("two", {"image": column(pictures), "mask": column(pictures)})
write("classes", {"image": column(pictures), "fine_label": label, "class": label})
write("none", {"text": ["not a picture"] * N, "label": label})
write("null", {"image": column([None if i == 4 else b for i, b in enumerate(pictures)]), "label": label})
write("bad", {"image": column([b[:20] if i == 4 else b for i, b in enumerate(pictures)]), "label": label})
write("mixed", {"image": column(pictures[:-1] + [picture(0, 8, 8)]), "label": label})
write("negative", {"image": column(pictures), "label": [-1] * N})
write("empty", {"image": column([]), "label": pa.array([], pa.int64())})

with tempfile.TemporaryDirectory() as d:
    for i, b in enumerate(pictures):
        open(f"{d}/{i:03}.png", "wb").write(b)
        open(f"{d}/{i:03}.cls", "w").write(f"{label[i]}\n")
        open(f"{d}/{i:03}.json", "w").write(json.dumps({"label": label[i], "caption": "a picture"}))
        open(f"{d}/{i:03}.txt", "w").write("a picture")
    def tar(name, *globs):
        files = sorted(f for f in os.listdir(d) if f.split(".")[-1] in globs)
        subprocess.run(["tar", "-cf", os.path.abspath(name + ".tar"), "--owner=0", "--group=0", "--mtime=@0", "-C", d, *files],
                       check=True)
    tar("cls", "png", "cls", "txt")
    tar("json", "png", "json")
    with open(f"{d}/hole.jpg", "w") as f:
        f.write("x")
        f.truncate(8192)
    for form in "gnu", "pax":
        subprocess.run(["tar", f"--format={form}", "-Scf", os.path.abspath(f"sparse-{form}.bin"), "--owner=0", "--group=0",
                        "--mtime=@0", "-C", d, "hole.jpg"], check=True)
    os.remove(f"{d}/005.cls")
    tar("some", "png", "cls")
    tar("texts", "txt")
subprocess.run("gzip -nkf9 cls.tar && mv cls.tar.gz packed.tar.gz", shell=True, check=True)
pa_out = pa.CompressedOutputStream("packed.tar.zst", "zstd")
pa_out.write(open("cls.tar", "rb").read())
pa_out.close()
