"""tests/data/data_module/operators.json: what Datarax's own operators make of small images.

Only what is deterministic: operators with stochastic=False, which draw with key 0 where they must draw,
and the functional image module. Beside it, made with other packages, what Datarax does not have: affine
maps by PyTorch's affine_grid and grid_sample, and ColorJitter's four adjustments by numpy and colorsys.

A case has the operator's name, its options with the names that they have in C++, and two images, which
were processed one by one. Needs: pip install datarax torch
"""

import colorsys

import common

import jax
import jax.numpy as jnp
import numpy as np
import torch
from datarax.operators.modality.image import functional
from datarax.operators.modality.image.brightness_operator import BrightnessOperator, BrightnessOperatorConfig
from datarax.operators.modality.image.contrast_operator import ContrastOperator, ContrastOperatorConfig
from datarax.operators.modality.image.dropout_operator import DropoutOperator, DropoutOperatorConfig
from datarax.operators.modality.image.noise_operator import NoiseOperator, NoiseOperatorConfig
from datarax.operators.modality.image.patch_dropout_operator import (
    PatchDropoutOperator,
    PatchDropoutOperatorConfig,
)
from datarax.operators.modality.image.rotation_operator import RotationOperator, RotationOperatorConfig
from flax import nnx


INPUTS = []  # the arrays that cases refer to by number, each once


def images(shape, low=0.0, high=1.0, seed=0):
    """Two images of pseudorandom multiples of 1/256 of the range, which need no rounding."""
    draw = np.random.default_rng(seed).integers(0, 257, (2, *shape)) / 256
    return (low + (high - low) * draw).astype(np.float32)


def plain(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "data": [round(float(v), 7) for v in x.ravel()]}


def number_of(x):
    array = {"shape": list(x.shape), "data": [float(v) for v in x.ravel()]}
    if array not in INPUTS:
        INPUTS.append(array)
    return INPUTS.index(array)


def case(op, options, x, function):
    out = np.stack([np.asarray(function(jnp.asarray(one))) for one in x])
    return {"op": op, "options": options, "input": number_of(x), "output": plain(out)}


def operator(op, kind, config, x, **options):
    """A case of one of Datarax's operators; its options have the same names here and there."""
    tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    module = kind(config(field_key="image", **tuples), rngs=nnx.Rngs(0))
    return case(op, options, x, lambda one: module.apply({"image": one}, {}, {})[0]["image"])


def brightness(x, **options):
    return operator("Brightness", BrightnessOperator, BrightnessOperatorConfig, x, **options)


def contrast(x, **options):
    return operator("Contrast", ContrastOperator, ContrastOperatorConfig, x, **options)


def noise(x, **options):
    return operator("Noise", NoiseOperator, NoiseOperatorConfig, x, **options)


def rotation(x, **options):
    return operator("Rotation", RotationOperator, RotationOperatorConfig, x, **options)


def dropout(x, **options):
    return operator("ImageDropout", DropoutOperator, DropoutOperatorConfig, x, **options)


def patches(x, **options):
    return operator("PatchDropout", PatchDropoutOperator, PatchDropoutOperatorConfig, x, **options)


def pointwise():
    rgb, gray = images((5, 4, 3)), images((5, 4), seed=1)
    beyond, bytes_ = images((5, 4, 3), -0.5, 1.5, seed=2), images((5, 4, 3), 0, 255, seed=3)
    one_colour = np.broadcast_to(images((1, 1, 3), seed=4), (2, 5, 4, 3))
    salted = {"mode": "salt_pepper", "salt_prob": 0.2, "pepper_prob": 0.3}
    return [
        brightness(rgb),
        brightness(beyond, brightness_delta=0.25),
        brightness(gray, brightness_delta=-0.375),
        brightness(rgb, brightness_delta=0.25, clip_range=[0.125, 0.75]),
        contrast(rgb),
        contrast(rgb, contrast_factor=1.5),
        contrast(rgb, contrast_factor=0.5),
        contrast(one_colour, contrast_factor=1.5),
        contrast(one_colour, contrast_factor=0.25),
        noise(rgb, noise_std=0.1),
        noise(gray, noise_std=0.2, noise_mean=0.1),
        noise(beyond, noise_std=0.0, noise_mean=0.1),
        noise(beyond, noise_std=0.1, clip_range=None),
        noise(rgb, **salted),
        noise(bytes_, **salted, clip_range=None),
        noise(rgb, **{**salted, "salt_value": 0.75, "pepper_value": 0.25}),
        noise(rgb, mode="salt_pepper", salt_prob=1.0, pepper_prob=0.0),
        noise(rgb, mode="salt_pepper", salt_prob=0.0, pepper_prob=1.0),
        noise(rgb, mode="salt_pepper", salt_prob=0.0, pepper_prob=0.0),
        dropout(rgb, dropout_rate=0.3),
        dropout(gray, dropout_rate=0.5),
        dropout(rgb, dropout_rate=0.5, mode="channel"),
        dropout(beyond, dropout_rate=1.0),
        dropout(beyond, dropout_rate=0.0),
    ]


def geometry():
    rgb, gray, beyond = images((7, 6, 3)), images((6, 7), seed=1), images((7, 6, 3), -1, 2, seed=2)
    turns = [
        rotation(rgb, angle_range=[10.0, 30.0]),
        rotation(gray, angle_range=[-40.0, -40.0], fill_value=0.5),
        rotation(beyond, angle_range=[20.0, 20.0], clip_range=[-1.0, 2.0]),
        rotation(rgb, angle_range=[0.0, 0.0]),
    ]
    holes = [
        patches(rgb, num_patches=2, patch_size=[2, 3], drop_value=0.5),
        patches(gray, num_patches=3, patch_size=[2, 2]),
        patches(rgb, num_patches=2, patch_size=[8, 2]),
        patches(rgb, num_patches=0),
    ]
    resized = [
        case("Resize", {"size": size, "method": method}, x, lambda one: functional.resize_image(one, size, name))
        for x, size in ((rgb, [4, 9]), (gray, [12, 5]))
        for method, name in (("nearest", "nearest"), ("linear", "bilinear"), ("cubic", "bicubic"))
    ]
    cropped = [
        case("CenterCrop", {"size": size}, x, lambda one: functional.center_crop(one, size))
        for x, size in ((rgb, [4, 3]), (gray, [9, 4]))
    ]
    return turns + holes + resized + cropped


def scaled():
    rgb, mean, std = images((5, 4, 3)), [0.5, 0.25, 0.375], [0.25, 0.5, 0.75]
    normalized = case(
        "Normalize",
        {"mean": mean, "std": std},
        rgb,
        lambda one: functional.normalize(one, jnp.array(mean), jnp.array(std)),
    )
    labels = np.array([[3, 0, 9], [-1, 10, 5]])
    return [normalized, case("OneHot", {"num_classes": 10}, labels, lambda one: jax.nn.one_hot(one, 10))]


def affine_map(x, degrees, scale, shear, shear_y, fill):
    """torchvision's matrix R(degrees) S(scale) SHy(shear_y) SHx(shear), inverted, through PyTorch's sampler."""
    a, sx, sy = np.radians([degrees, shear, shear_y])
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    forward = scale * turn @ [[1, 0], [-np.tan(sy), 1]] @ [[1, -np.tan(sx)], [0, 1]]
    h, w, channels = x.shape
    half = np.diag([w / 2, h / 2])  # pixels of PyTorch's unit
    theta = np.zeros((1, 2, 3))
    theta[0, :, :2] = np.linalg.inv(half) @ np.linalg.inv(forward) @ half
    grid = torch.nn.functional.affine_grid(torch.tensor(theta), (1, channels, h, w), align_corners=False)
    picture = torch.tensor(np.asarray(x, np.float64)).permute(2, 0, 1)[None]
    inside = torch.nn.functional.grid_sample(torch.ones_like(picture), grid, align_corners=False)
    y = torch.nn.functional.grid_sample(picture, grid, align_corners=False) + fill * (1 - inside)
    return y[0].permute(1, 2, 0).numpy()


def affine():
    settings = [(30, 1, 0, 0, 0), (0, 1.5, 0, 0, 0.5), (0, 1, 20, 0, 0), (-25, 0.75, 15, -10, 0.25)]
    return [
        case(
            "Affine",
            {"degrees": d, "scale": s, "shear": x, "shear_y": y, "fill_value": fill},
            images((7, 6, 3)),
            lambda one: affine_map(one, d, s, x, y, fill),
        )
        for d, s, x, y, fill in settings
    ]


def luma(x):
    return np.asarray(x, np.float64) @ [0.2989, 0.587, 0.114]


def hue(x, turns):
    def pixel(p):
        h, s, v = colorsys.rgb_to_hsv(*[float(c) for c in p])
        return colorsys.hsv_to_rgb((h + turns) % 1, s, v)

    return np.apply_along_axis(pixel, -1, np.asarray(x))


def colour():
    """ColorJitter's parts, each with a fixed amount."""
    rgb = images((5, 4, 3))
    rgb[0, 0] = [[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 0, 1]]
    parts = {
        "adjust_brightness": (lambda x, a: a * x, [0.5, 1.75]),
        "adjust_contrast": (lambda x, a: a * x + (1 - a) * luma(x).mean(), [0.0, 0.5, 1.75]),
        "adjust_saturation": (lambda x, a: a * x + (1 - a) * luma(x)[..., None], [0.0, 0.5, 1.75]),
        "adjust_hue": (hue, [-0.5, -0.1, 0.0, 0.3]),
    }
    return [
        case(op, {"amount": a}, rgb, lambda one: np.clip(part(np.asarray(one, np.float64), a), 0, 1))
        for op, (part, amounts) in parts.items()
        for a in amounts
    ]


def main():
    cases = pointwise() + geometry() + scaled() + affine() + colour()
    source = f"datarax 0.1.1, jax {jax.__version__}, torch {torch.__version__}"
    common.write("data_module/operators.json", {"source": source, "inputs": INPUTS, "cases": cases})


main()
