"""tests/data/data_module/data_loader.json: the batches and shards of PyTorch's DataLoader.

"loaders": DataLoader(range(n), batch_size, drop_last=...): its len() and the sizes of its batches, as pairs of
how many and which size. "shards": the records of DistributedSampler(range(n), num_replicas, rank,
shuffle=False, drop_last=...) for each rank.

    oracle/bin/python tests/oracles/data_loader.py
"""

import common

import itertools

import torch
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler


def loader(n, batch_size, drop_last):
    batches = DataLoader(range(n), batch_size=batch_size, drop_last=drop_last)
    sizes = [len(list(group)) for group in batches]
    return {
        "n": n,
        "batch_size": batch_size,
        "drop_last": drop_last,
        "len": len(batches),
        "sizes": [[len(list(equal)), size] for size, equal in itertools.groupby(sizes)],
    }


def shards(n, replicas, drop_last):
    samplers = [
        DistributedSampler(range(n), num_replicas=replicas, rank=rank, shuffle=False, drop_last=drop_last)
        for rank in range(replicas)
    ]
    return {"n": n, "replicas": replicas, "drop_last": drop_last, "records": [list(s) for s in samplers]}


def main():
    sizes = [(60000, 64), (60000, 128), (10000, 1000), (10000, 32), (5, 7), (1, 1), (128, 128)]
    cuts = [(10, 1), (10, 3), (10, 4), (12, 4), (2, 5), (7, 2)]
    document = {
        "source": f"torch {torch.__version__}",
        "loaders": [loader(*size, drop) for size in sizes for drop in (False, True)],
        "shards": [shards(*cut, drop) for cut in cuts for drop in (False, True) if cut[0] >= cut[1] or not drop],
    }
    common.write("data_module/data_loader.json", document)


main()
