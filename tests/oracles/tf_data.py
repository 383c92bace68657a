"""tests/data/data_module/tf_data.json: what tf.data delivers.

"programs": pipelines as lists of steps, [["range", 7], ["repeat", 2], ["batch", 3, true]], with the
cardinality that tf reports (-1 infinite, -2 unknown), the first LIMIT elements that a loop over it delivers
and whether it ended with them. An element with several components is the list of them, in tf's order. An
"error" stands for a program that fails when it is made or run.

    range n | start stop           repeat n        take n     skip n      shuffle 1 (the order stays)
    map a b         each component x becomes a x + b
    filter k        keeps an element whose first component's sum is no multiple of k
    ragged k        each number x becomes a vector of x mod k times x
    batch n drop    padded_batch n value drop      unbatch    rebatch n drop
    enumerate n     shard n i      cache           prefetch n
    zip steps       concatenate steps

"shuffles": range(n).repeat(r).shuffle(buffer), with the exact chance of every order, found by trying every
draw of the buffer, and how often tf itself delivered it.

    oracle/bin/python tests/oracles/tf_data.py
"""

import common

import fractions
import itertools
import os
import random

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

LIMIT = 24


def components(dataset):
    return len(tf.nest.flatten(dataset.element_spec))


def each(f):
    return lambda *element: tf.nest.map_structure(f, element if len(element) > 1 else element[0])


def keeps(k):
    return lambda *element: tf.reduce_sum(tf.nest.flatten(element)[0]) % k != 0


def padded_batch(dataset, size, value, drop):
    values = tf.nest.map_structure(lambda _: tf.constant(value, tf.int64), dataset.element_spec)
    return dataset.padded_batch(size, padding_values=values, drop_remainder=drop)


STEPS = {
    "repeat": lambda d, n: d.repeat(n),
    "take": lambda d, n: d.take(n),
    "skip": lambda d, n: d.skip(n),
    "shuffle": lambda d, n: d.shuffle(n),
    "map": lambda d, a, b: d.map(each(lambda x: a * x + b)),
    "filter": lambda d, k: d.filter(keeps(k)),
    "ragged": lambda d, k: d.map(each(lambda x: tf.fill([x % k], x))),
    "batch": lambda d, n, drop: d.batch(n, drop_remainder=drop),
    "padded_batch": padded_batch,
    "unbatch": lambda d: d.unbatch(),
    "rebatch": lambda d, n, drop: d.rebatch(n, drop_remainder=drop),
    "enumerate": lambda d, n: d.enumerate(n),
    "shard": lambda d, n, i: d.shard(n, i),
    "cache": lambda d: d.cache(),
    "prefetch": lambda d, n: d.prefetch(n),
    "zip": lambda d, steps: tf.data.Dataset.zip((d, build(steps))),
    "concatenate": lambda d, steps: d.concatenate(build(steps)),
}


def build(steps):
    dataset = tf.data.Dataset.range(*steps[0][1:])
    for name, *arguments in steps[1:]:
        dataset = STEPS[name](dataset, *arguments)
    return dataset


def plain(element):
    values = [x.numpy().tolist() for x in tf.nest.flatten(element)]
    return values if len(values) > 1 else values[0]


def deliver(dataset):
    elements, iterator = [], iter(dataset)
    while len(elements) < LIMIT:
        try:
            elements.append(plain(next(iterator)))
        except StopIteration:
            return elements, True
    return elements, False


def run(steps):
    try:
        dataset = build(steps)
        elements, ended = deliver(dataset)
        assert (elements, ended) == deliver(dataset)
    except (tf.errors.OpError, ValueError, TypeError) as error:
        return {"steps": steps, "error": type(error).__name__}
    cardinality = int(dataset.cardinality())
    return {"steps": steps, "cardinality": cardinality, "ended": ended, "elements": elements}


# Of each word, with the arguments where something happens at the end or at the beginning.
CHOICES = [
    ["repeat", 2],
    ["repeat", 0],
    ["repeat", -1],
    ["batch", 3, False],
    ["batch", 3, True],
    ["padded_batch", 2, -1, False],
    ["take", 4],
    ["take", 0],
    ["take", -1],
    ["skip", 2],
    ["skip", 9],
    ["skip", -1],
    ["enumerate", 5],
    ["shard", 2, 1],
    ["shard", 3, 0],
    ["filter", 3],
    ["filter", 1],
    ["map", 2, 1],
    ["cache"],
    ["prefetch", 2],
    ["shuffle", 1],
    ["ragged", 4],
    ["unbatch"],
    ["rebatch", 4, False],
    ["rebatch", 2, True],
    ["zip", [["range", 20, 25]]],
    ["zip", [["range", 2], ["repeat", -1]]],
    ["concatenate", None],
]


def endless(steps):
    """Whether a step that asks for more and more might never get anything."""
    waits, infinite = False, False
    for name, *arguments in steps:
        infinite = infinite or (name == "repeat" and arguments[0] == -1)
        waits = waits or (infinite and name in ("filter", "unbatch", "rebatch"))
    return waits


def completed(steps):
    """Another input of concatenate: the same steps on other numbers."""
    result = []
    for step in steps:
        if step == ["concatenate", None]:
            other = [["range", 30, 33], *(s for s in result[1:] if s[0] != "concatenate")]
            step = ["concatenate", other]
        result.append(step)
    return result


def pairs():
    for two in itertools.product(CHOICES, CHOICES):
        yield completed([["range", 7], *two])


def longer(count):
    draw = random.Random(6)
    while True:
        steps = [["range", draw.choice([0, 1, 5, 8, 10])]]
        steps += [draw.choice(CHOICES) for _ in range(draw.randint(3, 6))]
        yield completed(steps)


# Arguments at the edge, and elements of unequal shapes.
EDGES = [
    [["batch", 0, False]],
    [["shuffle", 0]],
    [["shard", 0, 0]],
    [["shard", 2, 2]],
    [["shard", 2, -1]],
    [["repeat", -5]],
    [["take", -7]],
    [["skip", -7]],
    [["enumerate", -3]],
    [["ragged", 4], ["batch", 2, False]],
    [["ragged", 4], ["batch", 3, True]],
    [["batch", 3, False], ["batch", 2, False]],
    [["unbatch"]],
]


def programs():
    for steps in EDGES:
        yield run([["range", 7], *steps])
    for size in (0, 1, 7):
        for step in CHOICES:
            result = run(completed([["range", size], step]))
            if "error" not in result:
                yield result
    for steps in pairs():
        result = run(steps) if not endless(steps) else {"error": "endless"}
        if "error" not in result:
            yield result
    count, seen = 0, set()
    for steps in longer(400):
        if endless(steps) or str(steps) in seen:
            continue
        seen.add(str(steps))
        result = run(steps)
        if "error" not in result and (result["elements"] or count % 8 == 0):
            count += 1
            yield result
        if count == 400:
            return


def chances(n, repeat, buffer):
    """The chance of every order, by trying every draw."""
    found = {}

    def go(waiting, held, order, chance):
        held, waiting = held + waiting[: buffer - len(held)], waiting[buffer - len(held) :]
        if not held:
            found[order] = found.get(order, 0) + chance
        for i, x in enumerate(held):
            go(waiting, held[:i] + held[i + 1 :], order + (x,), chance / len(held))

    go(tuple(range(n)) * repeat, (), (), fractions.Fraction(1))
    assert sum(found.values()) == 1
    return found


def shuffle(n, repeat, buffer, runs=6000):
    exact = chances(n, repeat, buffer)
    dataset = tf.data.Dataset.range(n).repeat(repeat).shuffle(buffer, seed=1).batch(n * repeat).repeat(runs)
    counts = dict.fromkeys(exact, 0)
    for order in dataset.as_numpy_iterator():
        counts[tuple(order.tolist())] += 1
    chi_square = sum((counts[o] - runs * p) ** 2 / (runs * p) for o, p in exact.items())
    denominator = 1
    for p in exact.values():
        denominator = max(denominator, p.denominator)
    orders = [[list(o), int(p * denominator), counts[o]] for o, p in sorted(exact.items())]
    return {
        "n": n,
        "repeat": repeat,
        "buffer": buffer,
        "denominator": denominator,
        "runs": runs,
        "chi_square_of_tf": round(float(chi_square), 2),
        "orders": orders,
    }


def reshuffling():
    """What stays the same where: each loop over shuffle(7, seed=3).repeat(2), and with cache between."""
    result = []
    for cached in (False, True):
        for each_iteration in (False, True):
            tf.random.set_seed(0)
            dataset = tf.data.Dataset.range(7).shuffle(7, seed=3, reshuffle_each_iteration=each_iteration)
            dataset = (dataset.cache() if cached else dataset).repeat(2)
            first, second = ([int(x) for x in dataset] for _ in range(2))
            result.append(
                {
                    "cache": cached,
                    "reshuffle_each_iteration": each_iteration,
                    "passes_agree": first[:7] == first[7:],
                    "loops_agree": first == second,
                }
            )
    return result


def main():
    document = {"source": f"tensorflow {tf.__version__}", "limit": LIMIT, "programs": list(programs())}
    document["shuffles"] = [shuffle(5, 1, b) for b in range(1, 7)]
    document["shuffles"] += [shuffle(3, 2, b) for b in (2, 3, 4)]
    document["reshuffling"] = reshuffling()
    print(len(document["programs"]), "programs;", [s["chi_square_of_tf"] for s in document["shuffles"]])
    print(*document["reshuffling"], sep="\n")
    common.write("data_module/tf_data.json", document)


main()
