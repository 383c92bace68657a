"""The cases of losses, by optax and by torch.nn.functional; see frameworks.py."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch
import torch.nn.functional as F
from frameworks_case import both, integers, normal, uniform


def cases():
    yield from classes()
    yield from distributions()
    yield from margins()
    yield from errors()
    yield from distances()
    yield from ctc()


def large(*shape):
    """Logits that exp cannot take."""
    return lambda r: np.round(r.standard_normal(shape) * 8) * 64


def classes_first(x):
    return x.movedim(-1, 1) if x.ndim > 2 else x


# --- integer labels --------------------------------------------------------------------------------


def classes():
    shapes = {"row": (5,), "rows": (6, 4), "sequence": (2, 3, 5), "one_class": (3, 1), "none": (0, 4)}
    for name, shape in shapes.items():
        for smoothing in (0.0, 0.1):
            yield both(
                "softmax_cross_entropy_with_integer_labels",
                f"{name} {smoothing}",
                [normal(*shape), integers(0, shape[-1], *shape[:-1])],
                smoothed(smoothing),
                in_torch(smoothing, -100) if shape != (5,) else None,
                label_smoothing=smoothing,
            )
    for name, ignore, shape in [("minus_one", -1, (8, 3)), ("a_class", 1, (3, 4, 3)), ("all", 0, (2, 3))]:
        labels = integers(min(ignore, 0), 3, *shape[:-1]) if name != "all" else np.zeros(2, np.int32)
        for smoothing in (0.0, 0.2):
            yield both(
                "softmax_cross_entropy_with_integer_labels",
                f"ignoring {name} {smoothing}",
                [normal(*shape), labels],
                None,
                in_torch(smoothing, ignore),
                label_smoothing=smoothing,
                ignore_index=ignore,
            )
        yield both(
            "nll_loss",
            f"ignoring {name}",
            [normal(*shape), labels],
            None,
            lambda x, y: F.nll_loss(classes_first(x), y.long(), reduction="none", ignore_index=ignore),
            ignore_index=ignore,
        )
    yield both(
        "softmax_cross_entropy_with_integer_labels",
        "large",
        [large(6, 4), integers(0, 4, 6)],
        smoothed(0.1),
        in_torch(0.1, -100),
        label_smoothing=0.1,
    )
    for name, shape in shapes.items():
        yield both(
            "nll_loss",
            name,
            [normal(*shape), integers(0, shape[-1], *shape[:-1])],
            lambda x, y: -jnp.take_along_axis(x, y[..., None], -1)[..., 0],
            lambda x, y: F.nll_loss(classes_first(x), y.long(), reduction="none") if x.ndim > 1 else -x[y],
        )
        if shape[-1] > 1:
            yield both(
                "multiclass_hinge_loss",
                name,
                [normal(*shape), integers(0, shape[-1], *shape[:-1])],
                optax.losses.multiclass_hinge_loss,
            )
        yield both("smooth_labels", name, [normal(*shape)], lambda x: optax.losses.smooth_labels(x, 0.3), alpha=0.3)


def smoothed(alpha):
    """optax leaves the joining of labels and smoothing to its user."""

    def f(logits, labels):
        one_hot = jax.nn.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
        return optax.losses.softmax_cross_entropy(logits, optax.losses.smooth_labels(one_hot, alpha))

    return f


def in_torch(smoothing, ignore):
    return lambda x, y: F.cross_entropy(
        classes_first(x), y.long(), reduction="none", label_smoothing=smoothing, ignore_index=ignore
    )


# --- distributions ---------------------------------------------------------------------------------


def distributions():
    for name, shape in {"row": (5,), "rows": (4, 3), "grid": (2, 3, 4), "none": (0, 3)}.items():
        inputs = [normal(*shape), uniform(0.125, 1, *shape)]
        torch_f = lambda x, t: F.kl_div(x, t, reduction="none").sum(-1)
        yield both("kl_divergence", name, inputs, optax.losses.kl_divergence, torch_f)
        yield both(
            "kl_divergence_with_log_targets",
            name,
            [normal(*shape), normal(*shape)],
            optax.losses.kl_divergence_with_log_targets,
            lambda x, t: F.kl_div(x, t, reduction="none", log_target=True).sum(-1),
        )
    # By the targets it is not differentiable at 0.
    zeros = np.array([[0.0, 0.25, 0.75], [1.0, 0.0, 0.0]])
    yield both("kl_divergence", "zeros", [normal(2, 3), zeros], optax.losses.kl_divergence, torch_f, [0])


# --- margins ---------------------------------------------------------------------------------------


def signs(*shape):
    return lambda r: r.integers(0, 2, shape) * 2.0 - 1


def margins():
    for name, shape in {"number": (), "row": (7,), "grid": (3, 4), "none": (0,)}.items():
        yield both("hinge_loss", name, [normal(*shape), signs(*shape)], optax.losses.hinge_loss)
        for gamma, alpha in ((2.0, None), (0.5, 0.25), (0.0, None)):
            labels = {"hard": integers(0, 2, *shape), "soft": uniform(0.1, 0.9, *shape)}
            for kind, y in labels.items():
                yield both(
                    "sigmoid_focal_loss",
                    f"{name} {kind} {gamma}",
                    [normal(*shape), y],
                    lambda x, y: optax.losses.sigmoid_focal_loss(x, y, alpha=alpha, gamma=gamma),
                    gamma=gamma,
                    alpha=alpha,
                )
    yield both(
        "sigmoid_focal_loss",
        "large",
        [np.array([-800.0, -300, -300, 300, 300, 800]), np.array([1, 0, 1, 0, 1, 0])],
        lambda x, y: optax.losses.sigmoid_focal_loss(x, y, alpha=None, gamma=0.5),
        gamma=0.5,
        alpha=None,
    )


# --- errors ----------------------------------------------------------------------------------------


def errors():
    for name, shape in {"number": (), "row": (7,), "grid": (3, 4), "none": (0, 2)}.items():
        inputs = [normal(*shape), normal(*shape)]
        l1 = lambda p, t: F.l1_loss(p, t, reduction="none")
        yield both("absolute_error", name, inputs, lambda p, t: jnp.abs(p - t), l1)
        yield both("log_cosh", name, inputs, optax.losses.log_cosh)
        for beta in (1.0, 0.25):
            yield both(
                "smooth_l1_loss",
                f"{name} {beta}",
                inputs,
                lambda p, t: optax.losses.huber_loss(p, t, delta=beta) / beta,
                lambda p, t: F.smooth_l1_loss(p, t, reduction="none", beta=beta),
                beta=beta,
            )
    yield both("log_cosh", "large", [large(5), large(5)], optax.losses.log_cosh)


# --- distances -------------------------------------------------------------------------------------


def distances():
    for name, a, b in [
        ("rows", (4, 3), (4, 3)),
        ("pairs", (1, 3, 4), (2, 1, 4)),
        ("row", (5,), (5,)),
        ("none", (0, 3), (0, 3)),
    ]:
        for epsilon in (0.0, 1e-3):
            yield both(
                "cosine_similarity",
                f"{name} {epsilon}",
                [normal(*a), normal(*b)],
                lambda x, y: optax.losses.cosine_similarity(x, y, epsilon=epsilon),
                lambda x, y: F.cosine_similarity(x, y, dim=-1),
                epsilon=epsilon,
            )
        yield both("cosine_distance", name, [normal(*a), normal(*b)], optax.losses.cosine_distance, epsilon=0.0)
    yield both(
        "cosine_similarity",
        "zeros",
        [np.zeros((2, 3)), normal(2, 3)],
        lambda x, y: optax.losses.cosine_similarity(x, y, epsilon=0.5),
        epsilon=0.5,
    )
    # optax takes the differences without their absolute values, which matters to odd degrees.
    for name, shape in {"rows": (6, 3), "grid": (2, 2, 4), "none": (0, 3)}.items():
        inputs = [normal(*shape), normal(*shape), normal(*shape)]
        for degree, margin in ((2.0, 1.0), (1.0, 0.5), (3.0, 2.0)):
            yield both(
                "triplet_margin_loss",
                f"{name} {degree}",
                inputs,
                triplet(degree, margin),
                norm_degree=degree,
                margin=margin,
            )


def triplet(degree, margin):
    if degree == 2:
        return lambda a, p, n: optax.losses.triplet_margin_loss(a, p, n, margin=margin)

    def f(a, p, n):
        distance = lambda b: ((jnp.abs(a - b) ** degree).sum(-1) + 1e-6) ** (1 / degree)
        return jnp.maximum(distance(p) - distance(n) + margin, 0)

    return f


# --- ctc -------------------------------------------------------------------------------------------


def ctc():
    """frames, classes, length, blank; then how many frames and labels each sequence has."""
    for name, sizes, frames, lengths in [
        ("one", (5, 3, 2, 0), [5], [2]),
        ("repeats", (7, 2, 3, 0), [7, 6], [3, 3]),
        ("padded", (6, 4, 3, 0), [6, 4, 5], [3, 1, 2]),
        ("last_blank", (6, 4, 3, 3), [6, 6, 3], [2, 3, 1]),
        ("no_labels", (3, 3, 2, 0), [3, 2], [0, 0]),
        ("exactly", (3, 3, 2, 1), [3, 2], [2, 2]),
        ("none", (3, 3, 2, 0), [], []),
    ]:
        (t, c, n, blank), batch = sizes, len(frames)
        choice = [k for k in range(c) if k != blank]
        labels = lambda r: np.array(choice, np.int32)[r.integers(0, len(choice), (batch, n))]
        if name == "exactly":  # as many frames as labels and the blank between equal ones
            labels = np.array([[2, 2], [0, 2]], np.int32)
        pads = lambda there, size: (np.arange(size) >= np.array(there, int)[:, None]).astype(np.int32)
        case = both(
            "ctc_loss",
            name,
            [normal(batch, t, c), pads(frames, t), labels, pads(lengths, n)],
            lambda x, xp, y, yp: optax.losses.ctc_loss(x, xp * 1.0, y, yp * 1.0, blank_id=blank),
            blank_id=blank,
        )
        if batch:
            hold_against_torch(case, frames, lengths, blank)
        yield case


def hold_against_torch(case, frames, lengths, blank):
    """Its loss has no gradient of second order, so it cannot stand beside optax's in both()."""
    array = lambda a: torch.tensor(a["data"]).reshape(a["shape"])
    logits = array(case["inputs"][0]).requires_grad_()
    log_probs = F.log_softmax(logits, -1).movedim(1, 0)
    sizes = torch.tensor(frames), torch.tensor(lengths)
    losses = F.ctc_loss(log_probs, array(case["inputs"][2]).long(), *sizes, blank=blank, reduction="none")
    losses.backward(array(case["cotangent"][0]))
    for ours, theirs in ((case["output"][0], losses), (case["gradients"][0], logits.grad)):
        assert torch.allclose(array(ours), theirs, rtol=1e-11, atol=1e-12), case["name"]
