"""tests/data/data_module/: files as NumPy and Pillow write them, and split slices as TensorFlow Datasets cuts them.

numpy/*.npy, *.npz   arrays of every dtype, order, byte order and version; each holds value(i) (below)
images/*             PNG and JPEG by Pillow, and <name>.<channels>.npy, their pixels as Pillow reads them
corpus/<reader>/*    small files from which fuzzing begins (tests/fuzz/): good ones of every kind, and bad ones
splits.json          [spec, [[name, from, to], ...]] for 60,000 training, 10,003 test and 7 tiny examples;
                     null where it is an error

    /path/to/venv/bin/pip install numpy pillow tensorflow tensorflow-datasets
"""

import common

import gzip
import io
import itertools
import struct
import zlib

import numpy as np
from PIL import Image

ROOT = common.DATA / "data_module"


def value(dtype, shape):
    x = np.arange(np.prod(shape, dtype=np.int64)).reshape(shape) % 100 - (3 if np.dtype(dtype).kind in "if" else 0)
    return (x % 3 == 0) if dtype == "bool" else (x + (0.5 if np.dtype(dtype).kind == "f" else 0)).astype(dtype)


def numpy_files():
    folder = ROOT / "numpy"
    folder.mkdir(parents=True, exist_ok=True)
    for dtype in ["bool", "uint8", "int8", "int16", "int32", "uint32", "int64", "float16", "float32", "float64"]:
        np.save(folder / f"{dtype}.npy", value(dtype, (4, 3)))
    np.save(folder / "fortran.npy", np.asfortranarray(value("int32", (4, 3, 2))))
    np.save(folder / "big_endian.npy", value("float32", (4, 3)).astype(">f4"))
    np.save(folder / "scalar.npy", np.float64(2.5))
    np.save(folder / "vector.npy", value("int64", (5,)))
    np.save(folder / "empty.npy", np.zeros((0, 3), "float32"))
    for version in [(2, 0), (3, 0)]:
        with open(folder / f"version{version[0]}.npy", "wb") as f:
            np.lib.format.write_array(f, value("int16", (2, 5)), version=version)
    np.save(folder / "object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
    np.save(folder / "complex.npy", np.array([1 + 2j]))
    np.save(folder / "text.npy", np.array(["ab", "c"]))
    np.save(folder / "uint16.npy", value("uint16", (3,)))
    np.save(folder / "record.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
    arrays = {"x": value("float32", (6, 2)), "y": value("uint8", (6,)), "deep/z": value("bool", (6, 3))}
    np.savez(folder / "stored.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays)


def zip64():
    """An archive whose sizes stand in zip64 fields alone, as those of one over 4 GB do."""
    file = io.BytesIO()
    np.save(file, value("float32", (6, 2)))
    data, name = file.getvalue(), b"x.npy"
    size, crc, none = len(data), zlib.crc32(data), 0xFFFFFFFF
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0x21, crc, none, none, len(name), len(extra))
    local += name + extra + data
    extra = struct.pack("<HHQQQ", 1, 24, size, size, 0)
    entry = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 45, 45, 0, 0, 0, 0x21, crc, none, none, len(name), len(extra),
                        0, 0, 0, 0, none)
    entry += name + extra
    end = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1, 1, len(entry), len(local))
    end += struct.pack("<IIQI", 0x07064B50, 0, len(local) + len(entry), 1)
    end += struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, none, none, 0)
    path = ROOT / "numpy" / "zip64.npz"
    path.write_bytes(local + entry + end)
    assert (np.load(path)["x"] == value("float32", (6, 2))).all()


def picture(height, width):
    """Smooth in every channel, so that JPEG keeps it nearly, and different in each."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    channels = [x, y, (np.sin(6 * x) * np.cos(5 * y) + 1) / 2]
    return (np.stack(channels, -1) * 255).astype(np.uint8)


def image_files():
    folder = ROOT / "images"
    folder.mkdir(parents=True, exist_ok=True)
    rgb = Image.fromarray(picture(13, 21))
    gray = rgb.convert("L")
    rgba = rgb.copy()
    rgba.putalpha(gray)
    palette = rgb.quantize(16)
    transparent = rgb.quantize(8)
    files = {
        "rgb.png": (rgb, {}),
        "gray.png": (gray, {}),
        "rgba.png": (rgba, {}),
        "gray_alpha.png": (rgba.convert("LA"), {}),
        "palette.png": (palette, {}),
        "transparent.png": (transparent, {"transparency": 3}),
        "one_bit.png": (gray.convert("1"), {}),
        "gray16.png": (Image.fromarray(np.asarray(gray).astype(np.uint16) * 257), {}),
        "rgb.jpg": (rgb, {"quality": 95}),
        "gray.jpg": (gray, {"quality": 90}),
        "progressive.jpeg": (rgb, {"quality": 80, "progressive": True}),
        "cmyk.jpg": (rgb.convert("CMYK"), {}),
    }
    for name, (image, options) in files.items():
        image.save(folder / name, **options)
        if name == "cmyk.jpg":
            continue
        back = Image.open(folder / name)
        if name == "gray16.png":
            back = gray
        np.save(folder / f"{name}.3.npy", np.asarray(back.convert("RGB")))
        np.save(folder / f"{name}.1.npy", np.asarray(back.convert("RGB" if back.mode in "P" else back.mode).convert("L"))[:, :, None])
    np.save(folder / "rgb.png.small.npy", np.asarray(rgb.resize((8, 5), Image.BILINEAR)))
    np.save(folder / "rgb.png.large.npy", np.asarray(rgb.resize((30, 40), Image.BILINEAR)))


def corpus():
    def put(reader, name, content):
        folder = ROOT / "corpus" / reader
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def idx(code, shape, values):
        return bytes([0, 0, code, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + values

    put("idx", "uint8", idx(8, [3, 2, 2], bytes(range(12))))
    put("idx", "float32", idx(13, [2, 1], struct.pack(">2f", 1, 2)))
    put("idx", "gzipped", gzip.compress(idx(11, [2, 3], bytes(range(12))), mtime=0))
    put("idx", "empty_axis", idx(8, [0, 28], b""))
    put("idx", "lies", idx(14, [0x7FFFFFFF, 0x7FFFFFFF], b"abcdefgh"))
    for name in ["int32", "bool", "fortran", "big_endian", "version2", "scalar", "empty", "object", "record"]:
        put("npy", name, (ROOT / "numpy" / f"{name}.npy").read_bytes())
    for name in ["stored", "deflated", "zip64"]:
        put("npz", name, (ROOT / "numpy" / f"{name}.npz").read_bytes())
    one = io.BytesIO()
    np.savez(one, x=np.arange(3, dtype="u1"))
    put("npz", "one", one.getvalue())
    put("npz", "cut", one.getvalue()[:-30])
    # The first byte chooses the options.
    put("csv", "plain", b"\0x,y,kind\n1,2.5,a\n2,-3e4,b\n")
    put("csv", "quotes", b'\0"a,""b""","c"\r\n"x\ny","1"\r\n"",2\r\n')
    put("csv", "no_header", b"\x031;2\n3;4\n")
    put("csv", "features", b"\x04label,p0,p1\n1,0,255\n0,17,3\n")
    put("csv", "nan", b"\x08x,y\nnan,1\n,-inf\n")
    put("csv", "short_row", b"\0a,b,c\n1,2,3\n4,5\n")
    put("csv", "open_quotes", b'\0a\n"open\n')
    for name in ["rgb.png", "gray_alpha.png", "palette.png", "one_bit.png", "rgb.jpg", "gray.jpg", "progressive.jpeg",
                 "cmyk.jpg"]:
        put("image", name, (ROOT / "images" / name).read_bytes())


def split_slices():
    from tensorflow_datasets.core import splits

    class Info:
        def __init__(self, n):
            self.num_examples, self.shard_lengths = n, [n]

    infos = {"train": Info(60000), "test": Info(10003), "tiny": Info(7)}
    ends = ["", "0", "1", "3", "7", "-1", "-7", "100", "1_000", "10%", "33%", "50%", "7.5%", "100%", "-10%", "-100%"]
    specs = [f"{name}[{a}:{b}]" for name in infos for a, b in itertools.product(ends, ends)]
    specs += ["train", "all", "train+test", "train[:10%]+test[5:]", "train[:25%] + tiny", "train[5]", "valid", "",
              "train[", "train[]", "train[1:2:3]", "train[a:b]", "train[:101%]", "train[:1.5]", "train[%:]", "+train",
              "train[:60001]", "train[-60001:]", "train[:10%", "tra in", "train[1:2]x", "train[--1:]", "train[0.5%:1%]",
              "tiny[:64.28%]", "tiny[:64.29%]", "tiny[7.14%:]", "train[:1e3]", "train [:5]", "train[ 1:2]"]
    cases = []
    for spec in specs:
        try:
            parts = [(i.splitname, i.from_ or 0, infos[i.splitname].num_examples if i.to is None else i.to)
                     for i in splits.AbstractSplit.from_spec(spec).to_absolute(infos)]
            # Reading nothing is an error, but only where the files are opened.
            cases.append([spec, None if any(a >= b for _, a, b in parts) else parts])
        except Exception:
            cases.append([spec, None])
    common.write("data_module/splits.json", cases)


numpy_files()
zip64()
image_files()
corpus()
split_slices()
