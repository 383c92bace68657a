"""What the oracle scripts share: how arrays are written to JSON, and where.

The data under tests/data were made by these scripts and are committed, so that the tests need
neither Python nor a network. To make them again:

    python3 -m venv oracle && oracle/bin/pip install jax flax optax numpy torch tensorflow datarax safetensors
    for name in random ops frameworks initializers optim optim_set flax_nnx flax_layers flax_linen tf_data data_loader datarax \\
            datarax_structure safetensors_files track char_transformer; do
        oracle/bin/python tests/oracles/$name.py
    done

convert.py, convert_models.py and tensorboard_read.py take turns with a test; they say how.
"""

import json
import pathlib
import sys

# The scripts are named after what they describe (random.py, ...), and Python puts their folder first
# on its path, where they would shadow modules of the standard library. So it goes to the end.
sys.path.append(sys.path.pop(0))

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


def write(name, document):
    """Writes `document` to tests/data/`name`, one list element of the outer lists per line."""
    path = DATA / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_outer(document) + "\n")
    print(f"{path.relative_to(DATA.parent.parent)}: {path.stat().st_size} bytes")


def _outer(value, depth=0):
    compact = json.dumps(value, separators=(", ", ": "), allow_nan=False)
    if depth > 2 or len(compact) < 120 or not isinstance(value, (dict, list)) or not value:
        return compact
    pad = " " * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{pad}{json.dumps(k)}: {_outer(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    if all(isinstance(v, (int, float, str)) for v in value):
        return compact
    lines = [pad + _outer(v, depth + 1) for v in value]
    return "[\n" + ",\n".join(lines) + "\n" + " " * depth + "]"
