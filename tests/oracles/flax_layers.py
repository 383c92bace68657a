"""tests/data/nn/{layers,attention,recurrent,normalized}.json: Flax NNX's layers.

Every case has the layer's initial parameters from Rngs(0) (float32, as the integers of their bits), how many
keys they drew, and the paths of all its state; then, for parameters and inputs that are given, in
float64: the output, and the gradients of sum(output * cotangent) by the parameters and the inputs (null for
integers). Dropout's masks come from float32 uniforms, as they do without 64-bit types.
"""

import common

import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

random = np.random.default_rng(7)
jax_bernoulli = jax.random.bernoulli


def draw(shape):
    return np.round(random.standard_normal(shape), 3)


def joined(path):
    return ".".join(joined(p) if isinstance(p, tuple) else str(p) for p in path)


def flat(state):
    return {joined(path): leaf[...] for path, leaf in nnx.to_flat_state(state)}


def written(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "dtype": str(x.dtype), "data": x.ravel().tolist()}


def initial(make):
    rngs = nnx.Rngs(0)
    layer = make(jnp.float32, rngs)
    parameters = {
        path: {"shape": list(x.shape), "bits": np.asarray(x).ravel().view(np.uint32).tolist()}
        for path, x in flat(nnx.state(layer, nnx.Param)).items()
    }
    paths = sorted(joined(path) for path, _ in nnx.to_flat_state(nnx.state(layer)))
    return {"parameters": parameters, "keys": int(rngs.default.count[...]), "paths": paths}


def case(name, make, inputs, call=lambda layer, *x: layer(*x)):
    start = initial(make)
    with jax.enable_x64(True):
        layer = make(jnp.float64, nnx.Rngs(0))
        graphdef, params, rest = nnx.split(layer, nnx.Param, ...)
        params = jax.tree.map(lambda x: jnp.asarray(draw(x.shape)), params)
        inputs = [jnp.asarray(x) for x in inputs]
        floating = [i for i, x in enumerate(inputs) if x.dtype == jnp.float64]

        def output(params, *some):
            given = list(inputs)
            for i, x in zip(floating, some):
                given[i] = x
            return call(nnx.merge(graphdef, params, rest, copy=True), *given)

        some = [inputs[i] for i in floating]
        y, pullback = jax.vjp(output, params, *some)
        assert y.dtype == jnp.float64
        cotangent = draw(y.shape)
        by_params, *by_some = pullback(jnp.asarray(cotangent))
        by_inputs = [None] * len(inputs)
        for i, g in zip(floating, by_some):
            by_inputs[i] = written(g)
        return {
            "name": name,
            "initial": start,
            "parameters": {path: written(x) for path, x in flat(params).items()},
            "inputs": [written(x) for x in inputs],
            "output": written(y),
            "cotangent": written(cotangent),
            "gradients": {path: written(x) for path, x in flat(by_params).items()},
            "input_gradients": by_inputs,
        }


def layer(name, kind, arguments, x, call=lambda layer, *x: layer(*x), **settings):
    """A case with one input, whose shape may stand for it."""
    x = draw(x) if isinstance(x, tuple) else x
    make = lambda dtype, rngs: kind(*arguments, param_dtype=dtype, rngs=rngs, **settings)
    return case(name, make, [x], call)


def layers():
    norm = (2, 3, 4)
    image = (2, 5, 4, 2)
    conv = lambda name, *a, **k: layer(f"conv {name}", nnx.Conv, *a, **k)
    transpose = lambda name, *a, **k: layer(f"conv_transpose {name}", nnx.ConvTranspose, *a, **k)
    with_base = lambda dtype, rngs: nnx.LoRA(
        4, 2, 3, base_module=nnx.Linear(4, 3, param_dtype=dtype, rngs=rngs), param_dtype=dtype, rngs=rngs
    )
    lora_linear = lambda dtype, rngs: nnx.LoRALinear(
        4, 3, lora_rank=2, param_dtype=dtype, lora_param_dtype=dtype, rngs=rngs
    )
    return [
        layer("embed", nnx.Embed, (5, 3), np.array([[0, 4, 2], [2, -1, -5]], np.int32)),
        layer("embed attend", nnx.Embed, (5, 3), (2, 4, 3), lambda m, x: m.attend(x)),
        layer("linear", nnx.Linear, (4, 3), (2, 4)),
        layer("linear_general", nnx.LinearGeneral, (4, (2, 3)), (2, 3, 4)),
        layer("linear_general axes", nnx.LinearGeneral, ((2, 3), (4, 5)), (4, 2, 2, 3), axis=(1, -1)),
        layer("linear_general between", nnx.LinearGeneral, (3, 2), (2, 3, 4), axis=1, use_bias=False),
        layer("linear_general batch", nnx.LinearGeneral, (3, (2, 2)), (2, 4, 3), batch_axis={0: 2}),
        layer("einsum", nnx.Einsum, ("nta,hab->nthb", (3, 2, 4), (3, 4)), (2, 3, 2)),
        layer("einsum dots", nnx.Einsum, ("...ab, bc -> ...ac", (3, 4), (4,)), (2, 2, 1, 3)),
        layer("einsum bare", nnx.Einsum, ("ab,bc->ca", (3, 4)), (2, 3)),
        layer("prelu", lambda param_dtype, rngs: nnx.PReLU(param_dtype=param_dtype), (), (3, 4)),
        layer("lora", nnx.LoRA, (4, 2, 3), (2, 4)),
        case("lora base", with_base, [draw((2, 4))]),
        case("lora_linear", lora_linear, [draw((2, 4))]),
        layer("batch_norm", nnx.BatchNorm, (4,), norm),
        layer("layer_norm", nnx.LayerNorm, (4,), norm),
        layer("layer_norm bare", nnx.LayerNorm, (4,), norm, use_bias=False, use_scale=False),
        layer("layer_norm axes", nnx.LayerNorm, (4,), norm, reduction_axes=(-2, -1), use_fast_variance=False),
        layer("layer_norm features", nnx.LayerNorm, (3,), norm, feature_axes=1, epsilon=1e-3),
        layer("rms_norm", nnx.RMSNorm, (4,), norm),
        layer("rms_norm axes", nnx.RMSNorm, (12,), norm, reduction_axes=(1, 2), feature_axes=(1, 2)),
        layer("group_norm", nnx.GroupNorm, (6, 3), (2, 2, 3, 6)),
        layer("group_norm size", nnx.GroupNorm, (6, None, 3), (2, 4, 6), use_bias=False),
        layer("instance_norm", nnx.InstanceNorm, (3,), (2, 2, 3, 3)),
        conv("1d", (2, 3, 3), (2, 6, 2)),
        conv("valid", (2, 3, (3,), 2), (2, 7, 2), padding="VALID"),
        conv("circular", (2, 3, (4,)), (2, 6, 2), padding="CIRCULAR", kernel_dilation=2),
        conv("reflect", (2, 3, (3,)), (2, 6, 2), padding="REFLECT"),
        conv("causal", (2, 3, (3,)), (2, 6, 2), padding="CAUSAL", kernel_dilation=2),
        conv("groups", (4, 6, (3,)), (2, 5, 4), feature_group_count=2, use_bias=False),
        conv("2d", (2, 3, (3, 2), (2, 1)), image),
        conv("2d circular", (2, 2, (3, 3)), image, padding="CIRCULAR"),
        conv("given", (2, 2, (2, 3)), image, padding=((1, 0), (2, 1)), input_dilation=(1, 2)),
        conv("no batch", (2, 2, (2, 2)), (3, 4, 2)),
        conv("two batches", (2, 2, (2,)), (2, 2, 3, 2)),
        conv("3d", (2, 2, (2, 3, 2), (1, 2, 1)), (2, 3, 4, 3, 2)),
        transpose("1d", (2, 3, 3, 2), (2, 4, 2)),
        transpose("2d", (2, 3, (3, 2), (2, 1)), (2, 3, 4, 2), padding="VALID"),
        transpose("kernel", (2, 3, (3,), 2), (2, 4, 2), transpose_kernel=True),
        transpose("circular", (2, 2, (3, 4), (2, 1)), (2, 3, 4, 2), padding="CIRCULAR"),
        transpose("circular kernel", (2, 2, (4,), 1), (2, 5, 2), padding="CIRCULAR", transpose_kernel=True),
        transpose("given", (2, 2, (3,), 2), (2, 4, 2), padding=((2, 1),), kernel_dilation=2),
        transpose("3d", (2, 2, (2, 2, 2), (2, 1, 2)), (1, 2, 2, 2, 2), use_bias=False),
        transpose("no batch", (2, 2, (3, 3)), (3, 3, 2)),
    ]


def normalized():
    """Masked norms, and layers whose kernels are normalised."""
    x, image = draw((2, 3, 4)), draw((2, 2, 3, 6))
    mask, image_mask = np.ones((2, 3, 1), bool), draw((2, 2, 3, 6)) > -0.5
    mask[0, 1] = False
    image_mask[..., 0] = image_mask[:, 0, 0] = True

    def masked(name, kind, arguments, x, mask, **settings):
        make = lambda dtype, rngs: kind(*arguments, param_dtype=dtype, rngs=rngs, **settings)
        return case(name, make, [x, mask], lambda m, x, mask: m(x, mask=mask))

    def learned(norm):  # plain arrays until now
        if norm.scales is not None:
            norm.scales = nnx.data({path: nnx.Param(scale) for path, scale in norm.scales.items()})
        return norm

    def weight(name, make, x, **settings):
        def wrapped(dtype, rngs):
            norm = learned(nnx.WeightNorm(make(dtype, rngs), param_dtype=dtype, rngs=rngs, **settings))
            if dtype == jnp.float64 and norm.scales is not None:
                for path in norm.scales:
                    norm.scales[path] = nnx.Param(norm.scales[path][...].astype(dtype))
            return norm

        return case(f"weight {name}", wrapped, [x])

    def spectral(name, make, x, **settings):
        return case(
            f"spectral {name}",
            lambda dtype, rngs: nnx.SpectralNorm(make(dtype, rngs), param_dtype=dtype, rngs=rngs, **settings),
            [x],
        )

    linear = lambda dtype, rngs: nnx.Linear(4, 3, param_dtype=dtype, rngs=rngs)
    conv = lambda dtype, rngs: nnx.Conv(6, 2, (2, 2), param_dtype=dtype, rngs=rngs)
    return [
        masked("batch_norm", nnx.BatchNorm, (4,), x, mask),
        masked("batch_norm axis", nnx.BatchNorm, (3,), x, mask, axis=1, use_fast_variance=False),
        masked("layer_norm", nnx.LayerNorm, (6,), image, image_mask),
        masked("layer_norm slow", nnx.LayerNorm, (6,), image, image_mask, use_fast_variance=False),
        masked("rms_norm", nnx.RMSNorm, (6,), image, image_mask),
        masked("group_norm", nnx.GroupNorm, (6, 3), image, image_mask),
        masked("instance_norm", nnx.InstanceNorm, (6,), image, image_mask),
        weight("linear", linear, x),
        weight("conv", conv, image, feature_axes=(-2, -1)),
        weight("bare", linear, x, use_scale=False, epsilon=0.1),
        spectral("linear", linear, x),
        spectral("conv", conv, image, n_steps=3),
    ]


class NoModule:
    """Sends Flax to the attention that it writes out: jax.nn's has a softmax in float32."""

    def sow(self, *_):
        pass


def exact_attention(*arguments, **settings):
    return nnx.dot_product_attention(*arguments, **settings | {"module": NoModule()})


def attention():
    def heads(name, arguments, *inputs, call=lambda m, *x: m(*x), **settings):
        make = lambda dtype, rngs: nnx.MultiHeadAttention(
            *arguments, param_dtype=dtype, rngs=rngs, decode=False, attention_fn=exact_attention, **settings
        )
        return case(name, make, [draw(x) for x in inputs], call)

    tokens = jnp.array([[3, 1, 0], [2, 0, 0]])
    mask = nnx.combine_masks(
        nnx.make_attention_mask(tokens > 0, tokens > 0), nnx.make_causal_mask(tokens)
    )

    def decoded(m, x):
        m.init_cache(x.shape, dtype=x.dtype)
        return jnp.concatenate([m(x[:, t : t + 1], decode=True) for t in range(x.shape[1])], axis=1)

    x, key = (2, 3, 4), (2, 5, 4)
    dropout = {"dropout_rate": 0.4, "deterministic": False}
    return [
        heads("self", (2, 4), x),
        heads("cross", (2, 4, 8, 3), x, key),
        heads("three", (2, 4), x, key, key, use_bias=False),
        heads("masked", (2, 4), x, call=lambda m, x: m(x, mask=mask)),
        heads("causal", (2, 4), x, call=lambda m, x: m(x, is_causal=True)),
        heads("no batch", (2, 4), (3, 4)),
        heads("grouped", (4, 4, 8, 4, 2), x, call=lambda m, x: m(x, is_causal=True)),
        heads("other keys", (2, 4, None, None, None, 6), x, (2, 5, 6)),
        heads("normalized", (2, 4), x, normalize_qk=True),
        heads("dropout", (2, 4), x, **dropout),
        heads("dropout masked", (2, 4), x, broadcast_dropout=False, call=lambda m, x: m(x, mask=mask), **dropout),
        heads("dropout grouped", (4, 4, 8, 4, 2), x, **dropout),
        heads("deterministic", (2, 4), x, dropout_rate=0.4, deterministic=True),
        heads("decoded", (4, 4, 8, 4, 2), x, call=decoded),
    ]


def recurrent():
    x, hidden = (2, 4, 3), (2, 2)

    def simple(*arguments, param_dtype, **settings):  # which computes in float32 unless told otherwise
        return nnx.SimpleCell(*arguments, dtype=param_dtype, param_dtype=param_dtype, **settings)

    lengths = np.array([4, 2], np.int32)

    def cell(name, kind, carries, **settings):
        make = lambda dtype, rngs: kind(3, 2, param_dtype=dtype, rngs=rngs, **settings)

        def call(m, x, *carry):
            carry, y = m(carry if carries > 1 else carry[0], x)
            return jnp.concatenate([*carry, y] if carries > 1 else [carry, y], -1)

        return case(name, make, [draw((2, 3))] + [draw(hidden) for _ in range(carries)], call)

    def rnn(name, kind, *inputs, call=lambda m, *x: m(*x), **settings):
        make = lambda dtype, rngs: nnx.RNN(kind(3, 2, param_dtype=dtype, rngs=rngs), **settings)
        return case(name, make, [draw(s) if isinstance(s, tuple) else s for s in inputs], call)

    def both(name, *inputs, call=lambda m, *x: m(*x)):
        make = lambda dtype, rngs: nnx.Bidirectional(
            nnx.RNN(nnx.GRUCell(3, 2, param_dtype=dtype, rngs=rngs)),
            nnx.RNN(nnx.LSTMCell(3, 2, param_dtype=dtype, rngs=rngs)),
        )
        return case(name, make, [draw(s) if isinstance(s, tuple) else s for s in inputs], call)

    def with_carry(m, x, lengths=None):
        carry, y = m(x, return_carry=True, seq_lengths=lengths)
        return jnp.concatenate([y.reshape(-1)] + [c.reshape(-1) for c in jax.tree.leaves(carry)])

    with_lengths = lambda m, x, lengths: m(x, seq_lengths=lengths)
    return [
        cell("simple", simple, 1),
        cell("simple residual", simple, 1, residual=True, activation_fn=nnx.relu),
        cell("lstm", nnx.LSTMCell, 2),
        cell("optimized_lstm", nnx.OptimizedLSTMCell, 2),
        cell("gru", nnx.GRUCell, 1),
        rnn("rnn simple", simple, x),
        rnn("rnn lstm carry", nnx.LSTMCell, x, call=with_carry),
        rnn("rnn lstm lengths", nnx.LSTMCell, x, lengths, call=with_carry),
        rnn("rnn gru time_major", nnx.GRUCell, x, time_major=True),
        rnn("rnn gru reverse", nnx.GRUCell, x, reverse=True),
        rnn("rnn gru keep_order", nnx.GRUCell, x, lengths, reverse=True, keep_order=True, call=with_lengths),
        rnn("rnn gru no batch", nnx.GRUCell, (4, 3)),
        rnn("rnn gru from", nnx.GRUCell, x, hidden, call=lambda m, x, h: m(x, initial_carry=h)),
        rnn("rnn bare", nnx.OptimizedLSTMCell, x, rngs=nnx.Rngs(5)),
        both("bidirectional", x),
        both("bidirectional lengths", x, lengths, call=with_carry),
    ]


def main():
    jax.random.bernoulli = lambda key, p=0.5, shape=None, **more: jax_bernoulli(key, jnp.float32(p), shape, **more)
    for made in (layers, attention, recurrent, normalized):
        if made.__name__ in sys.argv[1:] or len(sys.argv) == 1:
            common.write(f"nn/{made.__name__}.json", made())


main()
