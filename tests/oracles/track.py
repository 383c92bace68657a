"""tests/data/nn/track.json: PyTorch's tape over three steps of Adam, with two backwards in each.

The second step does without zero_grad, so that it moves by the sum of four gradients. Names and layouts are ramie's.
"""

import common

import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).double()
names = {"0": "linear1", "2": "linear2", "weight": "kernel", "bias": "bias"}


def values(of):
    """One list of numbers for each parameter; kernels are (in, out) here."""
    out = {}
    for name, parameter in model.named_parameters():
        layer, kind = name.split(".")
        value = of(parameter).detach()
        out[f"{names[layer]}.{names[kind]}"] = (value.T if kind == "weight" else value).flatten().tolist()
    return out


x = torch.randn(6, 3, dtype=torch.float64)
labels = torch.tensor([0, 1, 1, 0, 1, 0])
criterion = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
document = {"source": f"torch {torch.__version__}", "x": x.flatten().tolist(), "labels": labels.tolist(),
            "parameters": values(lambda p: p), "steps": []}
for step in range(3):
    if step != 1:
        optimizer.zero_grad()
    losses = []
    for rows in (slice(0, 3), slice(3, 6)):
        loss = criterion(model(x[rows]), labels[rows])
        loss.backward()
        losses.append(loss.item())
    gradients = values(lambda p: p.grad)
    optimizer.step()
    document["steps"].append({"losses": losses, "gradients": gradients, "parameters": values(lambda p: p)})
common.write("nn/track.json", document)
