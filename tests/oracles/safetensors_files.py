"""tests/data/train/*.safetensors and safetensors_verdicts.json: files of the real safetensors package.

dtypes.safetensors has every dtype of ramie, a scalar, an empty tensor and a name beyond ASCII; what ramie writes
for the same values must be these bytes. The verdicts are what the real reader says of damaged and odd files:
true where it takes them. They are stored as hexadecimal, since most are no text.
"""

import common

import struct

import safetensors
import safetensors.torch
import torch

# --- every dtype ------------------------------------------------------------------------------------

DTYPES = {
    "bool": torch.bool,
    "uint8": torch.uint8,
    "int8": torch.int8,
    "int16": torch.int16,
    "int32": torch.int32,
    "uint32": torch.uint32,
    "int64": torch.int64,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


def tensors():
    base = torch.tensor([[0, 1, 2], [3, 100, 1]])
    made = {name: base.to(dtype) for name, dtype in DTYPES.items()}
    made["scalar"] = torch.tensor(-2.5)
    made["empty"] = torch.zeros((3, 0, 2), dtype=torch.float32)
    made['gewicht.größe "1"'] = torch.tensor([-7], dtype=torch.int64)
    return made


def write_dtypes():
    path = common.DATA / "train" / "dtypes.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors.torch.save(tensors(), {"made by": 'the "real"\tpackage, größer'}))
    print(f"{path.name}: {path.stat().st_size} bytes")


# --- verdicts ---------------------------------------------------------------------------------------


def file(header, values=b"", length=None):
    text = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + values


def entry(dtype="U8", shape=(1,), offsets=(0, 1), more=""):
    return f'{{"dtype":"{dtype}","shape":{list(shape)},"data_offsets":{list(offsets)}{more}}}'


def one(*arguments, values=b"x", **more):
    return file(f'{{"a":{entry(*arguments, **more)}}}', values)


def two(first, second, values, names=("a", "b")):
    return file(f'{{"{names[0]}":{entry("U8", *first)},"{names[1]}":{entry("U8", *second)}}}', values)


BIG = 2**32
CASES = {
    "no tensors": file("{}"),
    "padded with spaces": file("{}      "),
    "padded with a line end": file("{}\n"),
    "padded with a zero": file(b"{}\0"),
    "a byte order mark": file(b"\xef\xbb\xbf{}"),
    "an empty file": b"",
    "seven bytes": bytes(7),
    "no header": file(""),
    "a list": file("[]"),
    "not closed": file('{"a":'),
    "no UTF-8": file(b'{"\xff":' + entry().encode() + b"}", b"x"),
    "half a surrogate": file(r'{"__metadata__":{"a":"\ud800"}}'),
    "a header longer than the file": file("{}", length=3),
    "a header of 100,000,001 bytes": file("{}", length=100_000_001),
    "a header of 2^63 bytes": file("{}", length=2**63),
    "a header of 2^64 - 1 bytes": file("{}", length=2**64 - 1),
    "a byte too many": file("{}", b"x"),
    "one tensor": one(),
    "an empty name": file(f'{{"":{entry()}}}', b"x"),
    "a byte too few": one(values=b""),
    "a byte left over": one(values=b"xy"),
    "begins after a hole": one(offsets=(1, 2), values=b"xy"),
    "end before begin": one(offsets=(1, 0)),
    "three offsets": one(offsets=(0, 1, 1)),
    "one offset": one(offsets=(0,)),
    "no offsets": file('{"a":{"dtype":"U8","shape":[1]}}', b"x"),
    "no shape": file('{"a":{"dtype":"U8","data_offsets":[0,1]}}', b"x"),
    "no dtype": file('{"a":{"shape":[1],"data_offsets":[0,1]}}', b"x"),
    "an unknown dtype": one("U7"),
    "a dtype in small letters": one("u8"),
    "a dtype that is a number": file('{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}', b"x"),
    "offsets of another size": one("F32", (1,), (0, 3), values=b"xyz"),
    "a length below zero": one(shape=(-1,)),
    "a length that is a float": one(shape=(1.0,)),
    "a length of minus zero": file('{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}'),
    "a length that is text": file('{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}', b"x"),
    "a length of 2^64": one(shape=(2**64,)),
    "a length of 2^63": one(shape=(2**63,), offsets=(0, 2**63)),
    "lengths that overflow": one(shape=(BIG, BIG), offsets=(0, 0), values=b""),
    "lengths that overflow, then 0": one(shape=(BIG, BIG, BIG, 0), offsets=(0, 0), values=b""),
    "bytes that overflow": one("F64", (2**61,), (0, 0), values=b""),
    "an offset of 2^64": one(offsets=(0, 2**64)),
    "a tensor that is a list": file('{"a":[1]}', b"x"),
    "a tensor that is text": file('{"a":"U8"}', b"x"),
    "a field more": one(more=',"z":3'),
    "a field more, with a list": one(more=',"z":[[3],{"y":null}]'),
    "dtype twice": file('{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x"),
    "metadata": file('{"__metadata__":{"a":"b"}}'),
    "metadata null": file('{"__metadata__":null}'),
    "metadata of numbers": file('{"__metadata__":{"a":1}}'),
    "metadata that is a list": file('{"__metadata__":[]}'),
    "metadata twice": file('{"__metadata__":{},"__metadata__":{}}'),
    "a scalar": one("I16", (), (0, 2), values=b"xy"),
    "a bool of 5": one("BOOL", values=b"\5"),
    "two tensors": two(((1,), (0, 1)), ((2,), (1, 3)), b"xyz"),
    "two tensors, the last first": two(((2,), (1, 3)), ((1,), (0, 1)), b"xyz"),
    "an empty one first": two(((0,), (0, 0)), ((1,), (0, 1)), b"x"),
    "an empty one last": two(((1,), (0, 1)), ((0,), (1, 1)), b"x"),
    "an empty one listed after": two(((1,), (0, 1)), ((0,), (0, 0)), b"x"),
    "the same bytes twice": two(((1,), (0, 1)), ((1,), (0, 1)), b"x"),
    "overlapping": two(((2,), (0, 2)), ((2,), (1, 3)), b"xyz"),
    "a hole": two(((1,), (0, 1)), ((1,), (2, 3)), b"xyz"),
    "the same bytes twice, then a hole": two(((2,), (0, 2)), ((2,), (0, 2)), b"wxyz"),
    "overlapping, then a hole": two(((2,), (0, 2)), ((2,), (1, 3)), b"wxyz"),
    "one within the other": two(((3,), (0, 3)), ((1,), (1, 2)), b"xyz"),
    "a header of -1 bytes": file("{}", length=2**64 - 1),
    "a header over the end by one": file("{}", b"", length=3),
    "a length of 0, where values are": file("", b"x" * 16),
    "an object within 100 others": file('{"a":' * 100 + "{}" + "}" * 100),
    "a list within 500 others": file("[" * 500 + "]" * 500),
    "an open list within 500 others": file('{"a":' + "[" * 500),
    "a field more, with 200 lists": one(more=',"z":' + "[" * 200 + "]" * 200),
    "a shape that is an object": file('{"a":{"dtype":"U8","shape":{},"data_offsets":[0,1]}}', b"x"),
    "a shape that is null": file('{"a":{"dtype":"U8","shape":null,"data_offsets":[0,1]}}', b"x"),
    "a shape of lists": file('{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}', b"x"),
    "a length of true": file('{"a":{"dtype":"U8","shape":[true],"data_offsets":[0,1]}}', b"x"),
    "a length of 1e0": file('{"a":{"dtype":"U8","shape":[1e0],"data_offsets":[0,1]}}', b"x"),
    "a length of 1e999": file('{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,1]}}', b"x"),
    "a length of 01": file('{"a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}}', b"x"),
    "a length of +1": file('{"a":{"dtype":"U8","shape":[+1],"data_offsets":[0,1]}}', b"x"),
    "a length of 0x1": file('{"a":{"dtype":"U8","shape":[0x1],"data_offsets":[0,1]}}', b"x"),
    "a length of NaN": file('{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,1]}}', b"x"),
    "a length of 100 digits": file('{"a":{"dtype":"U8","shape":[' + "9" * 100 + '],"data_offsets":[0,1]}}', b"x"),
    "an offset below zero": one(offsets=(-1, 0)),
    "an end below zero": one(offsets=(0, -1)),
    "offsets of 2^64 - 1": one(shape=(0,), offsets=(2**64 - 1, 2**64 - 1), values=b""),
    "offsets whose difference wraps": one(offsets=(2**64 - 1, 2**64)),
    "an empty one behind the end": one(shape=(0,), offsets=(5, 5), values=b""),
    "an empty one within another": two(((2,), (0, 2)), ((0,), (1, 1)), b"xy"),
    "a scalar of no bytes": one(shape=(), offsets=(0, 0), values=b""),
    "a comma too many": file('{"a":' + entry() + ",}", b"x"),
    "a comment": file('{/* */"a":' + entry() + "}", b"x"),
    "single quotes": file("{'a':" + entry() + "}", b"x"),
    "a name without quotes": file("{a:" + entry() + "}", b"x"),
    "two objects": file("{}{}"),
    "text behind the object": file("{} x"),
    "a line end in a name": file('{"a\nb":' + entry() + "}", b"x"),
    "an escaped line end in a name": file(r'{"a\nb":' + entry() + "}", b"x"),
    "an escaped zero in a name": file(r'{"a\u0000b":' + entry() + "}", b"x"),
    "an unknown escape": file(r'{"a\x":' + entry() + "}", b"x"),
    "an overlong slash": file(b'{"\xc0\xaf":' + entry().encode() + b"}", b"x"),
    "a surrogate in UTF-8": file(b'{"\xed\xa0\x80":' + entry().encode() + b"}", b"x"),
    "half a letter": file(b'{"\xe2\x82":' + entry().encode() + b"}", b"x"),
    "UTF-16": file('{"a":{}}'.encode("utf-16")),
    "padded with tabs": file("{}\t\t"),
    "padded with a comma": file("{},"),
    "metadata of null": file('{"__metadata__":{"a":null}}'),
    "metadata of metadata": file('{"__metadata__":{"a":{"b":"c"}}}'),
    "a tensor that is null": file('{"a":null}'),
    "a tensor that is true": file('{"a":true}'),
    "a tensor without fields": file('{"a":{}}'),
    "offsets before the shape": file('{"a":{"data_offsets":[0,1],"shape":[1],"dtype":"U8"}}', b"x"),
    "a dtype with a space": one("U8 "),
    "a dtype with a zero": one("U8\\u0000"),
    # From here on ramie is stricter, as the format's text is, or lacks the dtype.
    "stricter: a name twice": two(((1,), (0, 1)), ((1,), (0, 1)), b"x", ("a", "a")),
    "stricter: a name twice in the metadata": file('{"__metadata__":{"a":"b","a":"c"}}'),
    "stricter: a space before": file(" {}"),
    "stricter: lengths that overflow, after 0": one(shape=(0, BIG, BIG, BIG), offsets=(0, 0), values=b""),
    "stricter: a length of 2^63 and one of 0": one(shape=(0, 2**63), offsets=(0, 0), values=b""),
    "stricter: a field more, with 20 lists": one(more=',"z":' + "[" * 20 + "]" * 20),
    "stricter: nine axes": one(shape=(1,) * 9),
    "stricter: a tensor as a list": file('{"a":["U8",[1],[0,1]]}', b"x"),
    "stricter: U16": one("U16", (1,), (0, 2), values=b"xy"),
    "stricter: U64": one("U64", (1,), (0, 8), values=bytes(8)),
    "stricter: C64": one("C64", (1,), (0, 8), values=bytes(8)),
    "stricter: F8_E4M3": one("F8_E4M3"),
    "stricter: F4": one("F4", (2,)),
}


def takes(bytes):
    try:
        safetensors.deserialize(bytes)
        return True
    except safetensors.SafetensorError:
        return False


def main():
    write_dtypes()
    verdicts = [{"name": name, "file": case.hex(), "takes": takes(case)} for name, case in CASES.items()]
    common.write(
        "train/safetensors_verdicts.json",
        {"source": f"safetensors {safetensors.__version__}", "verdicts": verdicts},
    )


main()
