"""PyTorch's loss and gradients for a tiny model of examples/char_transformer, in float64.

    oracle/bin/python tests/oracles/char_transformer.py
"""

import common  # first: it moves this folder to the end of Python's path
import torch
from torch.nn import functional as F

VOCABULARY, CONTEXT, LAYERS, HEADS, FEATURES = 5, 6, 2, 2, 4


def draw_weights():
    weights = {"token.embedding": (VOCABULARY, FEATURES), "position": (CONTEXT, FEATURES)}
    for i in range(LAYERS):
        block = f"blocks.{i}."
        weights |= {block + "norm1.scale": (FEATURES,), block + "norm1.bias": (FEATURES,)}
        for name in ["query", "key", "value"]:
            weights[block + f"attention.{name}.kernel"] = (FEATURES, HEADS, FEATURES // HEADS)
            weights[block + f"attention.{name}.bias"] = (HEADS, FEATURES // HEADS)
        weights[block + "attention.out.kernel"] = (HEADS, FEATURES // HEADS, FEATURES)
        weights[block + "attention.out.bias"] = (FEATURES,)
        weights |= {block + "norm2.scale": (FEATURES,), block + "norm2.bias": (FEATURES,)}
        weights |= {block + "wide.kernel": (FEATURES, 4 * FEATURES), block + "wide.bias": (4 * FEATURES,)}
        weights |= {block + "narrow.kernel": (4 * FEATURES, FEATURES), block + "narrow.bias": (FEATURES,)}
    weights |= {"norm.scale": (FEATURES,), "norm.bias": (FEATURES,)}
    # Few digits: exact in JSON, and short.
    return {name: torch.randint(-40, 41, shape).double() / 64 + ("scale" in name) for name, shape in weights.items()}


def attention(x, w, block):
    def heads(name):
        kernel, bias = w[f"{block}attention.{name}.kernel"], w[f"{block}attention.{name}.bias"]
        return (x @ kernel.flatten(1) + bias.flatten()).unflatten(-1, (HEADS, -1)).transpose(1, 2)

    y = F.scaled_dot_product_attention(heads("query"), heads("key"), heads("value"), is_causal=True)
    return y.transpose(1, 2).flatten(2) @ w[block + "attention.out.kernel"].flatten(0, 1) + w[block + "attention.out.bias"]


def norm(x, w, name):
    return F.layer_norm(x, (FEATURES,), w[name + ".scale"], w[name + ".bias"], eps=1e-6)


def logits(tokens, w):
    x = w["token.embedding"][tokens] + w["position"][: tokens.shape[1]]
    for i in range(LAYERS):
        block = f"blocks.{i}."
        x = x + attention(norm(x, w, block + "norm1"), w, block)
        wide = norm(x, w, block + "norm2") @ w[block + "wide.kernel"] + w[block + "wide.bias"]
        x = x + F.gelu(wide, approximate="tanh") @ w[block + "narrow.kernel"] + w[block + "narrow.bias"]
    return norm(x, w, "norm") @ w["token.embedding"].T


torch.manual_seed(7)
w = {name: value.requires_grad_() for name, value in draw_weights().items()}
text = torch.randint(0, VOCABULARY, (3, CONTEXT + 1))
y = logits(text[:, :-1], w)
loss = F.cross_entropy(y.flatten(0, 1), text[:, 1:].flatten())
loss.backward()
common.write("examples/char_transformer.json", {
    "source": f"torch {torch.__version__}",
    "sizes": {"vocabulary": VOCABULARY, "context": CONTEXT, "layers": LAYERS, "heads": HEADS, "features": FEATURES},
    "text": text.tolist(),
    "weights": {name: value.flatten().tolist() for name, value in w.items()},
    "logits": y.flatten().tolist(),
    "loss": loss.item(),
    "gradients": {name: [float(f"{g:.13g}") for g in value.grad.flatten()] for name, value in w.items()},
})
