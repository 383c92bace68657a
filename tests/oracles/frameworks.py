"""tests/data/frameworks/<family>.json: every op by JAX and by PyTorch, in float64: values, gradients and more.

A case is {"op", "name", "sources", "attributes", "inputs", "output", "cotangent", "gradients", "directions",
"second", "tangents"}: the arrays of ops.py, and with a random direction w[i] for each input that has a
gradient g[i]

    tangents = the derivative of the outputs along w          (jax.jvp)
    second   = the gradients by the inputs of sum(w * g)      (grad of grad; null where it is zero)

"output" lists all outputs, "cotangent" and "tangents" have one for each floating output. An array may be a
formula (see Formula) or a sample: every step-th element and the sum of all. Numbers that are not finite
are strings. frameworks_case.py says how the two frameworks are held together.

    OMP_NUM_THREADS=1 oracle/bin/python tests/oracles/frameworks.py [family ...]
"""

import sys

import common

import frameworks_activation
import frameworks_case
import frameworks_conv
import frameworks_elementwise
import frameworks_index
import frameworks_linalg
import frameworks_losses
import frameworks_nn
import frameworks_pool
import frameworks_reduce
import frameworks_shape
import jax
import torch

FAMILIES = {
    "elementwise": frameworks_elementwise.cases,
    "activation": frameworks_activation.cases,
    "reduce": frameworks_reduce.cases,
    "linalg": frameworks_linalg.cases,
    "shape": frameworks_shape.cases,
    "index": frameworks_index.cases,
    "conv": frameworks_conv.cases,
    "pool": frameworks_pool.cases,
    "nn": frameworks_nn.cases,
    "losses": frameworks_losses.cases,
}


def main():
    source = f"jax {jax.__version__} (x64, CPU), torch {torch.__version__} (float64, CPU)"
    for family in sys.argv[1:] or FAMILIES:
        cases = list(FAMILIES[family]())
        seen = {}
        for c in cases:  # a case draws its numbers from its name
            assert seen.setdefault((c["op"], c["name"]), c) is c, f"two cases {c['op']} {c['name']}"
        common.write(f"frameworks/{family}.json", {"source": source, "cases": cases})
        counts = {s: sum(s in c["sources"] for c in cases) for s in ("jax", "torch")}
        print(f"  {len(cases)} cases, by {counts}; the worst disagreement: {frameworks_case.worst}")
        frameworks_case.worst.clear()
        jax.clear_caches()  # thousands of compiled cases
    sys.exit("\n".join(frameworks_case.failures))


main()
