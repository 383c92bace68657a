"""tests/data/ops/<stem>.json: values and gradients of the differentiable ops, in float64.

JAX (x64, CPU) is the reference throughout; losses are optax's, pooling and batch norm are Flax's.
A case is {"op", "name", "attributes", "inputs", "output", "cotangent", "gradients"}; arrays are
{"shape", "dtype", "data"} with the elements in row-major order. gradients[i] is the vector-Jacobian
product of the cotangent with respect to input i, null for integer and boolean inputs. Ops with
several outputs have lists under "output" and "cotangent".

Conventions of JAX that the data hold: max and min over ties share the gradient evenly, as do
maximum and minimum (a half each); max_pool and min_pool give it to the window's first element;
relu'(0) = 0; abs'(0) = 1; remainder takes the divisor's sign.
"""

import common

import flax
import jax
import ops_nn
import ops_tensor
import optax

STEMS = (
    ops_tensor.elementwise,
    ops_tensor.reduce,
    ops_tensor.shape,
    ops_tensor.matmul,
    ops_nn.conv2d,
    ops_nn.pool2d,
    ops_nn.softmax,
    ops_tensor.index,
    ops_nn.norm,
    ops_nn.loss,
)


def main():
    source = f"jax {jax.__version__} (x64, CPU), flax {flax.__version__}, optax {optax.__version__}"
    for stem in STEMS:
        common.write(f"ops/{stem.__name__}.json", {"source": source, "cases": list(stem())})


main()
