"""The cases of normalisations, attention and recurrent networks; see frameworks.py."""

import jax
import jax.numpy as jnp
import torch
import torch.nn.functional as F
from flax import nnx
from frameworks_case import both, mask, normal, positive
from jax import lax
from torch.nn.attention import SDPBackend, sdpa_kernel


def cases():
    yield from normalisations()
    yield from attentions()
    yield from recurrences()


# --- normalisation ---------------------------------------------------------------------------------


def first(x):
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def in_flax(make):
    """The layer with its scale and bias replaced."""

    def f(x, scale, bias=None):
        layer = make(x.shape[-1])
        layer.scale = nnx.Param(scale)
        if bias is not None:
            layer.bias = nnx.Param(bias)
        return layer(x)

    return f


def rngs():
    return nnx.Rngs(0)


def normalisations():
    shapes = {"rows": (4, 5), "images": (2, 3, 2, 4), "one_row": (1, 6), "large": (7, 29)}
    for name, shape in shapes.items():
        inputs = [normal(*shape), positive(shape[-1]), normal(shape[-1])]
        # Flax takes the variance as E[x^2] - E[x]^2, which is the same number.
        yield both(
            "layer_norm",
            name,
            inputs,
            in_flax(lambda n: nnx.LayerNorm(n, epsilon=1e-5, rngs=rngs())),
            lambda x, g, b: F.layer_norm(x, x.shape[-1:], g, b, 1e-5),
            epsilon=1e-5,
        )
        yield both(
            "rms_norm",
            name,
            inputs[:2],
            in_flax(lambda n: nnx.RMSNorm(n, epsilon=1e-5, rngs=rngs())),
            lambda x, g: F.rms_norm(x, x.shape[-1:], g, 1e-5),
            epsilon=1e-5,
        )
    for name, shape, groups in [
        ("images", (2, 3, 2, 4), 2),
        ("rows", (3, 12), 3),
        ("one_group", (2, 3, 4), 1),
        ("each", (2, 4, 3), 3),
    ]:
        inputs = [normal(*shape), positive(shape[-1]), normal(shape[-1])]
        yield both(
            "group_norm",
            name,
            inputs,
            in_flax(lambda n: nnx.GroupNorm(n, num_groups=groups, epsilon=1e-5, rngs=rngs())),
            lambda x, g, b: last(F.group_norm(first(x), groups, g, b, 1e-5)),
            num_groups=groups,
            epsilon=1e-5,
        )
    for name, shape in [("images", (2, 3, 2, 3)), ("sequence", (2, 5, 2)), ("volumes", (1, 2, 3, 2, 2))]:
        inputs = [normal(*shape), positive(shape[-1]), normal(shape[-1])]
        yield both(
            "instance_norm",
            name,
            inputs,
            in_flax(lambda n: nnx.InstanceNorm(n, epsilon=1e-5, rngs=rngs())),
            # F.instance_norm has wrong gradients of volumes whose cotangent is not contiguous.
            lambda x, g, b: last(F.group_norm(first(x), x.shape[-1], g, b, 1e-5)),
            epsilon=1e-5,
        )
    for name, shape in [("images", (2, 3, 2, 3)), ("rows", (5, 4)), ("sequence", (2, 4, 3))]:
        inputs = [normal(*shape), positive(shape[-1]), normal(shape[-1])]
        axes = tuple(range(len(shape) - 1))
        yield both(
            "batch_norm",
            f"{name}_training",
            inputs,
            lambda x, g, b: batch_norm(jnp, x, x.mean(axes), x.var(axes), g, b),
            lambda x, g, b: last(F.batch_norm(first(x), None, None, g, b, True, 0.1, 1e-5)),
            epsilon=1e-5,
        )
        yield both(
            "batch_norm",
            f"{name}_evaluation",
            [*inputs, normal(shape[-1]), positive(shape[-1])],
            lambda x, g, b, m, v: batch_norm(jnp, x, m, v, g, b),
            lambda x, g, b, m, v: batch_norm(torch, x, m, v, g, b),
            epsilon=1e-5,
        )


def batch_norm(framework, x, mean, var, scale, bias):
    return (x - mean) / framework.sqrt(var + 1e-5) * scale + bias


# --- attention -------------------------------------------------------------------------------------


def attention(q, k, v, bias=0.0, chosen=None, causal=False, scale=None):
    """The definition of jax.nn.dot_product_attention, which itself computes in float32 even here."""
    logits = jnp.einsum("bqhd,bkhd->bhqk", q, k) * (q.shape[-1] ** -0.5 if scale is None else scale) + bias
    if causal:
        chosen = jnp.tri(*logits.shape[-2:], dtype=bool)
    if chosen is not None:
        logits = jnp.where(chosen, logits, -jnp.inf)
    return jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(logits), v)


def attentions():
    """[batch, length, heads, depth]; masks and biases [batch, heads, length, keys]."""

    def theirs(q, k, v, more=None, causal=False, scale=None):
        turned = (x.transpose(1, 2) for x in (q, k, v))
        with sdpa_kernel(SDPBackend.MATH):  # the one with a second order
            return F.scaled_dot_product_attention(*turned, more, is_causal=causal, scale=scale).transpose(
                1, 2
            )

    def case(name, inputs, ours, torchs, **attributes):
        return both("dot_product_attention", name, inputs, ours, torchs, **attributes)

    for name, length, keys, heads, depth, causal in [
        ("plain", 3, 3, 2, 4, False),
        ("cross", 2, 5, 1, 3, False),
        ("causal", 4, 4, 2, 2, True),
        ("one", 1, 1, 1, 1, False),
        ("odd", 5, 7, 3, 5, False),
        ("large_causal", 11, 11, 2, 6, True),
    ]:
        qkv = [normal(2, length, heads, depth), normal(2, keys, heads, depth), normal(2, keys, heads, depth)]
        yield case(
            name,
            qkv,
            lambda *x: attention(*x, causal=causal),
            lambda *x: theirs(*x, causal=causal),
            is_causal=causal,
        )
    qkv = [normal(2, 3, 2, 4), normal(2, 5, 2, 4), normal(2, 5, 2, 4)]
    for name, shape in [
        ("mask", (2, 2, 3, 5)),
        ("mask_of_all_heads", (2, 1, 3, 5)),
        ("mask_of_all", (1, 1, 3, 5)),
    ]:

        def chosen(r):
            m = mask(*shape)(r)
            m[..., 0] = True  # each sees one at least
            return m

        yield case(
            name, [*qkv, chosen], lambda q, k, v, m: attention(q, k, v, chosen=m), theirs, is_causal=False
        )
    shared = [normal(1, 3, 4, 2), normal(1, 5, 2, 2), normal(1, 5, 2, 2)]  # two queries for each key
    yield case(
        "shared_keys",
        shared,
        lambda q, k, v: attention(q, jnp.repeat(k, 2, 2), jnp.repeat(v, 2, 2)),
        lambda q, k, v: theirs(q, k.repeat_interleave(2, 2), v.repeat_interleave(2, 2)),
        is_causal=False,
    )
    yield case("bias", [*qkv, normal(2, 2, 3, 5)], attention, theirs, is_causal=False)
    yield case(
        "scale",
        qkv,
        lambda *x: attention(*x, scale=0.75),
        lambda *x: theirs(*x, scale=0.75),
        is_causal=False,
        scale=0.75,
    )


# --- recurrent -------------------------------------------------------------------------------------


def elman(framework):
    return lambda h, x, w, u, b: framework.tanh(x @ w + h @ u + b)


def recurrences():
    """Inputs: [time, batch, features] and the first state; outputs: all states, and the last one."""

    def scanned(step, reverse=False):
        def f(xs, h, *weights):
            final, ys = lax.scan(lambda h, x: (step(h, x, *weights),) * 2, h, xs, reverse=reverse)
            return ys, final

        return f

    def looped(step):
        def f(xs, h, *weights):
            ys = []
            for x in xs:
                h = step(h, x, *weights)
                ys.append(h)
            return torch.stack(ys), h

        return f

    for name, time, batch, features, hidden in [
        ("short", 3, 2, 2, 3),
        ("one_step", 1, 1, 1, 1),
        ("long", 9, 1, 2, 2),
    ]:
        inputs = [
            normal(time, batch, features),
            normal(batch, hidden),
            normal(features, hidden),
            normal(hidden, hidden),
            normal(hidden),
        ]
        yield both("rnn", name, inputs, scanned(elman(jnp)), looped(elman(torch)))

    def lstm(sigmoid, tanh):
        def step(state, x, w, u, b):
            n = u.shape[0]
            gates = x @ w + state[:, :n] @ u + b
            i, f, g, o = (gates[:, k * n : (k + 1) * n] for k in range(4))
            c = sigmoid(f) * state[:, n:] + sigmoid(i) * tanh(g)
            join = jnp.concatenate if isinstance(c, jax.Array) else torch.cat
            return join([sigmoid(o) * tanh(c), c], -1)

        return step

    for name, time, batch, features, hidden in [("short", 3, 2, 2, 2), ("long", 7, 1, 1, 2)]:
        inputs = [
            normal(time, batch, features),
            normal(batch, 2 * hidden),
            normal(features, 4 * hidden),
            normal(hidden, 4 * hidden),
            normal(4 * hidden),
        ]
        yield both(
            "lstm",
            name,
            inputs,
            scanned(lstm(jax.nn.sigmoid, jnp.tanh)),
            looped(lstm(torch.sigmoid, torch.tanh)),
        )
    for name, decay, n in [("decay", 0.5, 11), ("growth", 1.25, 5)]:
        yield both(
            "linear_recurrence",
            name,
            [normal(n, 2), normal(2)],
            scanned(lambda h, x: decay * h + x),
            looped(lambda h, x: decay * h + x),
            decay=decay,
        )
    yield both(
        "linear_recurrence",
        "reverse",
        [normal(6, 2), normal(2)],
        scanned(lambda h, x: 0.75 * h + x, True),
        decay=0.75,
        reverse=True,
    )
