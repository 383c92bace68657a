"""Images a second through other libraries' input pipelines: what benchmarks/data_throughput.cpp does, one JSON line.

    data_throughput.py PEER --what normalise|augment [--epochs E] [--cores C]

60,000 synthetic 28x28 images of bytes, in a new random order each epoch, become float32 batches of 128 (the last, partial
one left out): normalised, or also with brightness and Gaussian noise, clipped to [0, 1] after each as Datarax does.
One value of every batch is read, so that lazy results must exist.
"""

import argparse
import json
import os
import statistics
import time

IMAGES, BATCH, MEAN, STD = 60000, 128, 0.1307, 0.3081
SCALE, SHIFT = 1 / (255 * STD), -MEAN / STD


def synthetic():
    import numpy as np

    return (np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28, 1), dtype=np.uint8),
            np.arange(IMAGES, dtype=np.int32) % 10)


# ---- PyTorch ---------------------------------------------------------------------------------------------


def torch_ops(augment):
    import torch

    def process(x):  # in place, which is its fastest
        x = x.to(torch.float32).mul_(SCALE).add_(SHIFT)
        if augment:
            x.add_(torch.empty(x.shape[:-3] + (1, 1, 1)).uniform_(-0.1, 0.1)).clamp_(0, 1)
            x.add_(torch.randn_like(x), alpha=0.1).clamp_(0, 1)
        return x

    return process


def torch_data(cores):
    import torch

    torch.set_num_threads(cores)
    images, labels = synthetic()
    return torch.from_numpy(images), torch.from_numpy(labels)


def torch_loop(augment, cores):
    """Indexing a tensor with a random permutation: no loader at all."""
    import torch

    images, labels = torch_data(cores)
    process = torch_ops(augment)

    def epoch():
        order = torch.randperm(IMAGES)
        for i in range(0, IMAGES - BATCH + 1, BATCH):
            rows = order[i:i + BATCH]
            yield process(images[rows]), labels[rows]

    return epoch


def torch_loader(workers, whole_batches):
    """One record at a time, as in its tutorials, or whole batches by a BatchSampler, which is its fastest."""

    def make(augment, cores):
        import torch.utils.data as tud

        images, labels = torch_data(cores)
        process = torch_ops(augment)

        class Images(tud.Dataset):
            def __len__(self):
                return IMAGES

            def __getitem__(self, i):
                return process(images[i]), labels[i]

        data, kept = Images(), {"num_workers": workers, "persistent_workers": workers > 0}
        if whole_batches:
            sampler = tud.BatchSampler(tud.RandomSampler(data), BATCH, drop_last=True)
            return tud.DataLoader(data, sampler=sampler, batch_size=None, **kept).__iter__
        return tud.DataLoader(data, BATCH, shuffle=True, drop_last=True, **kept).__iter__

    return make


# ---- tf.data ---------------------------------------------------------------------------------------------


def tf_data(kind):
    """shuffle().batch().map(); the same with AUTOTUNE and prefetch; or batches of indices, and gather."""

    def make(augment, cores):
        import tensorflow as tf

        tf.config.threading.set_inter_op_parallelism_threads(cores)
        tf.config.threading.set_intra_op_parallelism_threads(cores)
        images, labels = synthetic()
        with tf.device("cpu"):
            all_images, all_labels = tf.constant(images), tf.constant(labels)

        def process(x, y):
            x = tf.cast(x, tf.float32) * SCALE + SHIFT
            if augment:
                x = tf.clip_by_value(x + tf.random.uniform((BATCH, 1, 1, 1), -0.1, 0.1), 0, 1)
                x = tf.clip_by_value(x + tf.random.normal((BATCH, 28, 28, 1), stddev=0.1), 0, 1)
            return x, y

        def gathered(rows):
            return process(tf.gather(all_images, rows), tf.gather(all_labels, rows))

        def shuffled_indices(_):  # in batches: an element of a tf.data pipeline costs microseconds
            order = tf.random.shuffle(tf.range(IMAGES))[:IMAGES // BATCH * BATCH]
            return tf.data.Dataset.from_tensor_slices(tf.reshape(order, (-1, BATCH)))

        auto = tf.data.AUTOTUNE if kind != "plain" else None
        if kind == "gather":
            data = tf.data.Dataset.range(1).flat_map(shuffled_indices).map(gathered, auto)
        else:
            data = tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(IMAGES)
            data = data.batch(BATCH, drop_remainder=True).map(process, auto)
        if kind != "plain":
            data = data.prefetch(tf.data.AUTOTUNE)
        options = tf.data.Options()
        options.threading.private_threadpool_size = cores
        return data.with_options(options).as_numpy_iterator

    return make


# ---- Datarax ---------------------------------------------------------------------------------------------


def datarax(augment, cores):
    """The pipeline of its MNIST tutorial, with its MemorySource."""
    import jax
    from datarax import from_source
    from datarax.dag.nodes import OperatorNode
    from datarax.operators import ElementOperator, ElementOperatorConfig
    from datarax.operators.modality.image import (BrightnessOperator, BrightnessOperatorConfig, NoiseOperator,
                                                  NoiseOperatorConfig)
    from datarax.sources import MemorySource, MemorySourceConfig
    from flax import nnx

    images, labels = synthetic()
    data = {"image": images, "label": labels}

    def normalise(element, key=None):
        image = element.data["image"].astype(jax.numpy.float32) * SCALE + SHIFT
        return element.update_data({"image": image, "label": element.data["label"]})

    def epoch():
        source = MemorySource(MemorySourceConfig(shuffle=True), data, rngs=nnx.Rngs(42))
        pipeline = from_source(source, batch_size=BATCH).add(
            OperatorNode(ElementOperator(ElementOperatorConfig(stochastic=False), fn=normalise, rngs=nnx.Rngs(0))))
        if augment:
            brightness = BrightnessOperatorConfig(field_key="image", brightness_range=(-0.1, 0.1), stochastic=True,
                                                  stream_name="brightness")
            noise = NoiseOperatorConfig(field_key="image", mode="gaussian", noise_std=0.1, stochastic=True,
                                        stream_name="noise")
            pipeline = pipeline.add(OperatorNode(BrightnessOperator(brightness, rngs=nnx.Rngs(brightness=100))))
            pipeline = pipeline.add(OperatorNode(NoiseOperator(noise, rngs=nnx.Rngs(noise=200))))
        for batch in pipeline:
            yield batch["image"], batch["label"]

    return epoch


# ---- the clock -------------------------------------------------------------------------------------------

PEERS = {"torch_loop": ("PyTorch, tensor[order[i:i+128]]", torch_loop), "datarax": ("Datarax 0.1.1", datarax),
         "tf": ("tf.data shuffle.batch.map", tf_data("plain")), "tf_auto": ("tf.data, AUTOTUNE", tf_data("autotune")),
         "tf_gather": ("tf.data, batches of indices, gather, AUTOTUNE", tf_data("gather"))}
for w in 0, 1, 2:
    PEERS[f"loader{w}"] = (f"DataLoader, {w} workers", torch_loader(w, False))
    PEERS[f"batch_loader{w}"] = (f"DataLoader of whole batches, {w} workers", torch_loader(w, True))


def run(epoch, seconds):
    """The images a second of one epoch, or of as much of it as the time allows."""
    batches, start = 0, time.perf_counter()
    for image, label in epoch():
        float(image[-1, -1, -1, -1]), int(label[-1])
        batches += 1
        if batches % 8 == 0 and time.perf_counter() - start > seconds:
            break
    return batches * BATCH / (time.perf_counter() - start)


def main():
    f = argparse.ArgumentParser()
    f.add_argument("peer", choices=sorted(PEERS))
    f.add_argument("--what", choices=["normalise", "augment"], default="normalise")
    f.add_argument("--epochs", type=int, default=5)
    f.add_argument("--cores", type=int, default=1)
    f.add_argument("--seconds", type=float, default=4, help="an epoch that takes longer is cut off")
    args = f.parse_args()
    name, make = PEERS[args.peer]
    epoch = make(args.what == "augment", args.cores)
    run(epoch, min(3, args.seconds))  # not counted
    rates = [run(epoch, args.seconds) for _ in range(args.epochs)]
    median = statistics.median(rates)
    print(json.dumps({"peer": name, "what": args.what, "epochs": args.epochs, "cores": args.cores,
                      "images_per_s": round(median), "best": round(max(rates)), "ns_per_image": round(1e9 / median)}),
          flush=True)
    os._exit(0)  # threads of an iterator that was cut off would abort at the interpreter's end


if __name__ == "__main__":
    main()
