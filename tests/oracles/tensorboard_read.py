"""tests/data/train/tensorboard.json: what the real TensorBoard reads in an event file of ramie.

The file is written by ramie's own test:

    RAMIE_ORACLE_FOLDER=tests/data/train build/release/tests/train_tensorboard_test
    oracle/bin/python tests/oracles/tensorboard_read.py

It needs the packages tensorboard and pillow.
"""

import common

import io
import math

import numpy as np
import tensorboard
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator


def number(x):
    return x if math.isfinite(x) else str(x)


def scalar(event):
    return {"wall_time": event.wall_time, "step": event.step, "value": number(event.value)}


def histogram(event):
    h = event.histogram_value
    fields = ("min", "max", "num", "sum", "sum_squares", "bucket_limit", "bucket")
    return {"step": event.step} | {
        f: list(getattr(h, f)) if f.startswith("bucket") else getattr(h, f) for f in fields
    }


def image(event):
    pixels = np.asarray(Image.open(io.BytesIO(event.encoded_image_string))).tolist()
    return {"step": event.step, "height": event.height, "width": event.width, "pixels": pixels}


def main():
    sizes = dict.fromkeys(event_accumulator.DEFAULT_SIZE_GUIDANCE, 0)
    reader = event_accumulator.EventAccumulator(
        str(common.DATA / "train" / "tensorboard.tfevents"), size_guidance=sizes
    )
    reader.Reload()
    tags = reader.Tags()
    document = {
        "source": f"tensorboard {tensorboard.__version__}",
        "scalars": {tag: [scalar(e) for e in reader.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {tag: [histogram(e) for e in reader.Histograms(tag)] for tag in tags["histograms"]},
        "images": {tag: [image(e) for e in reader.Images(tag)] for tag in tags["images"]},
    }
    common.write("train/tensorboard.json", document)


main()
