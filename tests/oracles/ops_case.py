"""What the oracles of the ops share: random inputs, and a case with its gradients."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
random = np.random.default_rng(20240229)


def normal(*shape):
    return random.standard_normal(shape)


def positive(*shape):
    return random.uniform(0.2, 3.0, shape)


def array(x):
    x = np.asarray(x)
    convert = bool if x.dtype == bool else int if np.issubdtype(x.dtype, np.integer) else float
    return {"shape": list(x.shape), "dtype": str(x.dtype), "data": [convert(v) for v in x.ravel()]}


def arrays(x):
    return [array(v) for v in x] if isinstance(x, (tuple, list)) else array(x)


def differentiable(x):
    return np.issubdtype(np.asarray(x).dtype, np.floating)


def cotangents(output):
    """A random one; zero for all outputs but the first (they are new state, not part of a loss)."""
    if not isinstance(output, (tuple, list)):
        return jnp.asarray(normal(*output.shape))
    return type(output)([cotangents(output[0]), *[jnp.zeros_like(x) for x in output[1:]]])


def case(op, name, function, inputs, differentiate=True, **attributes):
    """One case: function(*inputs), with the gradients of every floating-point input."""
    inputs = [jnp.asarray(x) for x in inputs]
    wanted = [i for i, x in enumerate(inputs) if differentiate and differentiable(x)]

    def of_wanted(*values):
        full = list(inputs)
        for i, value in zip(wanted, values):
            full[i] = value
        return function(*full)

    output, pullback = jax.vjp(of_wanted, *[inputs[i] for i in wanted])
    result = {
        "op": op,
        "name": name,
        "attributes": attributes,
        "inputs": arrays(inputs),
        "output": arrays(output),
    }
    leaves = output if isinstance(output, (tuple, list)) else [output]
    if not wanted or not all(differentiable(x) for x in leaves):
        return result | {"cotangent": None, "gradients": [None] * len(inputs)}
    cotangent = cotangents(output)
    gradients = [None] * len(inputs)
    for i, gradient in zip(wanted, pullback(cotangent)):
        gradients[i] = array(gradient)
    return result | {"cotangent": arrays(cotangent), "gradients": gradients}
