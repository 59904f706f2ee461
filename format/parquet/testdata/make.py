"""Writes the parquet files of the tests with pyarrow.

    pip install pyarrow==26.0.1
    python3 make.py
"""
import pyarrow as pa
import pyarrow.parquet as pq

N = 60
picture = [b"picture %d " % (i % 50) * (i % 5 + 1) for i in range(N)]
label = [i * 7 % 10 for i in range(N)]
struct = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
image = pa.array([None if i % 9 == 4 else {"bytes": b, "path": None} for i, b in enumerate(picture)], struct)
table = pa.table({"image": image, "raw": pa.array(picture, pa.large_binary()),
                  "label": pa.array(label), "small": pa.array([-x for x in label], pa.int32())})
table = table.replace_schema_metadata({"huggingface": '{"info": {}}'})

def write(name, table=table, **more):
    pq.write_table(table, name + ".parquet", **{"row_group_size": 25, "write_batch_size": 4,
                                                "data_page_size": 100, "store_schema": False, **more})

write("default", row_group_size=None, write_batch_size=None, data_page_size=None, store_schema=True)
for codec in "none", "snappy", "gzip", "zstd", "brotli", "lz4":
    write(codec, compression=codec)
write("plain", use_dictionary=False, write_page_checksum=True)
write("version2", data_page_version="2.0")
write("plain2", compression="none", data_page_version="2.0", use_dictionary=False, write_page_checksum=True)
delta = {"image.bytes": "DELTA_LENGTH_BYTE_ARRAY", "image.path": "PLAIN", "raw": "DELTA_BYTE_ARRAY",
         "label": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED"}
write("delta", use_dictionary=False, column_encoding=delta)
write("delta2", use_dictionary=False, column_encoding=delta, data_page_version="2.0", compression="zstd")
write("index", write_page_index=True, write_statistics=True)
write("list", pa.table({"raw": pa.array([[b"a", b"b"], [], None], pa.list_(pa.binary()))}))
write("null", pa.table({"label": pa.array([1, None, 3])}))
write("empty", table.slice(0, 0))
