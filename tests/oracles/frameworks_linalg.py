"""The cases of linear algebra; see frameworks.py."""

import jax
import jax.numpy as jnp
import jax.scipy.linalg
import numpy as np
import torch
from frameworks_case import both, normal


def cases():
    yield from products()
    yield from contractions()
    yield from parts()
    yield from factors()
    yield from solutions()
    yield from spectra()


# --- products --------------------------------------------------------------------------------------


def products():
    shapes = {
        "square": ((4, 4), (4, 4)),
        "tall": ((7, 2), (2, 3)),
        "one": ((1, 1), (1, 1)),
        "vectors": ((5,), (5,)),
        "vector_matrix": ((4,), (4, 3)),
        "matrix_vector": ((3, 4), (4,)),
        "batched": ((2, 3, 4), (2, 4, 2)),
        "batch_and_matrix": ((3, 2, 4), (4, 3)),
        "matrix_and_batch": ((2, 4), (3, 4, 2)),
        "broadcast_batches": ((2, 1, 2, 3), (3, 3, 2)),
        "vector_batch": ((4,), (3, 4, 2)),
        "empty_inner": ((2, 0), (0, 3)),
        "empty_rows": ((0, 3), (3, 2)),
        "large": ((13, 37), (37, 11)),
    }
    for name, (a, b) in shapes.items():
        yield both("matmul", name, [normal(*a), normal(*b)], jnp.matmul, torch.matmul)
    for name, a, b in [
        ("vectors", (5,), (5,)),
        ("matrices", (3, 4), (4, 2)),
        ("scalar", (), (2, 3)),
        ("many_axes", (2, 3, 4), (2, 4, 3)),
    ]:
        yield both("dot", name, [normal(*a), normal(*b)], jnp.dot, dot)
    for name, a, b in [("vectors", (5,), (5,)), ("matrices", (2, 3), (4, 3)), ("scalar", (), (3,))]:
        yield both("inner", name, [normal(*a), normal(*b)], jnp.inner, torch.inner)
    for name, a, b in [("matrices", (2, 3), (3, 2)), ("vectors", (3,), (2,)), ("ranks", (2,), (2, 3))]:
        yield both("kron", name, [normal(*a), normal(*b)], jnp.kron, torch.kron)
    for name, a, b, axis in [
        ("vector", (3,), (3,), -1),
        ("rows", (4, 3), (4, 3), -1),
        ("first", (3, 2), (3, 2), 0),
    ]:
        yield both(
            "cross",
            name,
            [normal(*a), normal(*b)],
            lambda x, y: jnp.cross(x, y, axis=axis),
            lambda x, y: torch.linalg.cross(x, y, dim=axis),
            axis=axis,
        )
    for name, a, b in [("vectors", (7,), (7,)), ("matrices", (2, 3), (2, 3)), ("empty", (0,), (0,))]:
        yield both("vdot", name, [normal(*a), normal(*b)], jnp.vdot, lambda x, y: (x * y).sum())
    for name, a, b in [
        ("vectors", (4,), (3,)),
        ("matrices", (2, 2), (3,)),
        ("empty", (0,), (2,)),
        ("one", (1,), (1,)),
    ]:
        yield both(
            "outer", name, [normal(*a), normal(*b)], jnp.outer, lambda x, y: torch.outer(x.ravel(), y.ravel())
        )
    for name, a, b, axes in [
        ("two", (2, 3, 4), (3, 4, 2), 2),
        ("one", (3, 2), (2, 4), 1),
        ("none", (2,), (3,), 0),
        ("named", (2, 3, 4), (4, 2, 5), [[0, 2], [1, 0]]),
        ("negative", (2, 3, 4), (3, 5), [[-2], [0]]),
    ]:
        ours = axes if isinstance(axes, int) else tuple(map(tuple, axes))
        theirs = axes if isinstance(axes, int) else [[a % 3 for a in axes[0]], axes[1]]
        yield both(
            "tensordot",
            name,
            [normal(*a), normal(*b)],
            lambda x, y: jnp.tensordot(x, y, ours),
            lambda x, y: torch.tensordot(x, y, theirs),
            axes=axes,
        )


def dot(a, b):
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if b.ndim == 1:
        return torch.tensordot(a, b, dims=1)
    return torch.tensordot(a, b, dims=([a.ndim - 1], [b.ndim - 2]))


def contractions():
    """einsum, with every kind of label: summed, kept, repeated, shared by a batch, broadcast by an ellipsis."""
    for i, (text, *shapes) in enumerate(
        [
            ("ij,jk->ik", (3, 4), (4, 2)),
            ("ij,jk", (2, 3), (3, 2)),
            ("ij->ji", (2, 3)),
            ("ba", (2, 3)),
            ("ij->", (2, 3)),
            ("ij->j", (3, 5)),
            ("ii->i", (4, 4)),
            ("ii", (3, 3)),
            ("iij->ij", (3, 3, 2)),
            ("i,i", (5,), (5,)),
            ("i,j->ij", (3,), (4,)),
            ("i,j->ji", (3,), (1,)),
            ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
            ("bhqd,bhkd->bhqk", (2, 2, 3, 4), (2, 2, 5, 4)),
            ("bqhd,bkhd->bhqk", (1, 3, 2, 4), (1, 2, 2, 4)),
            ("bij,kj->bik", (2, 3, 4), (5, 4)),
            ("ijk,k->ij", (2, 3, 4), (4,)),
            ("ij,kl->", (2, 3), (2, 2)),
            ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
            ("...i->...", (2, 3, 4)),
            ("i...,i->...", (3, 2, 2), (3,)),
            ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
            ("i,ij,j", (3,), (3, 4), (4,)),
            ("bn,anm,bm->ba", (2, 3), (4, 3, 5), (2, 5)),
            ("ij,jk->ik", (2, 0), (0, 3)),
            ("ij,ij->ij", (3, 1), (3, 1)),
            ("ab,bc->ca", (9, 17), (17, 5)),
        ]
    ):
        yield both(
            "einsum",
            f"{i}",
            [normal(*s) for s in shapes],
            lambda *x: jnp.einsum(text, *x),
            lambda *x: torch.einsum(text, *x),
            subscripts=text,
        )


def parts():
    for name, shape, offset in [
        ("square", (4, 4), 0),
        ("wide", (3, 5), 1),
        ("tall", (5, 3), -2),
        ("beyond", (2, 3), -4),
    ]:
        x = [normal(*shape)]
        yield both(
            "trace",
            name,
            x,
            lambda v: jnp.trace(v, offset),
            lambda v: torch.diagonal(v, offset).sum(),
            offset=offset,
        )
    for name, shape, offset, a, b in [
        ("square", (4, 4), 0, 0, 1),
        ("above", (3, 5), 2, 0, 1),
        ("below", (5, 3), -1, 0, 1),
        ("last_axes", (2, 3, 3), 0, -2, -1),
        ("outer_axes", (3, 2, 4), 1, 0, 2),
        ("swapped", (3, 2, 4), 1, 2, 0),
        ("nothing", (2, 2), 3, 0, 1),
        ("empty", (0, 3), 0, 0, 1),
    ]:
        yield both(
            "diagonal",
            name,
            [normal(*shape)],
            lambda v: jnp.diagonal(v, offset, a, b),
            None if name == "nothing" else lambda v: torch.diagonal(v, offset, a, b),
            offset=offset,
            axis1=a,
            axis2=b,
        )
    for op, f, g in [("tril", jnp.tril, torch.tril), ("triu", jnp.triu, torch.triu)]:
        for name, shape, k in [
            ("square", (4, 4), 0),
            ("wide", (3, 5), 1),
            ("tall", (5, 3), -2),
            ("batch", (2, 3, 3), -1),
            ("all", (2, 3), 9),
            ("none", (2, 3), -9),
            ("empty", (0, 3), 0),
        ]:
            yield both(op, name, [normal(*shape)], lambda v: f(v, k), lambda v: g(v, k), k=k)
    for name, shape, k in [("vector", (3,), 1), ("batch", (2, 3), 0), ("below", (2, 2), -2)]:
        embed = torch.diag_embed
        yield both("diag_embed", name, [normal(*shape)], None, lambda v: embed(v, k), offset=k)
    for name, shape, k in [("main", (3,), 0), ("above", (2,), 2), ("below", (2,), -1)]:
        yield both(
            "diag", name, [normal(*shape)], lambda v: jnp.diag(v, k), lambda v: torch.diag(v, k), offset=k
        )


# --- factors ---------------------------------------------------------------------------------------


def full_rank(*shape):
    """Far from singular: a dominant diagonal, that all singular values differ by."""
    rows, columns = shape[-2:]
    diagonal = np.zeros((rows, columns))
    np.fill_diagonal(diagonal, 2 + 1.5 * np.arange(min(rows, columns)))
    return lambda r: np.round(r.uniform(-0.6, 0.6, shape) * 128) / 128 + diagonal


def symmetric(*shape):
    def draw(r):
        x = full_rank(*shape)(r)
        return (x + np.swapaxes(x, -1, -2)) / 2

    return draw


SQUARE = {"one": (1, 1), "two": (2, 2), "odd": (5, 5), "batch": (2, 3, 3), "two_batches": (2, 1, 2, 2)}


def signed(x, axis=-2):
    """The factor that makes the first element along the axis positive, where signs are free."""
    sign = jnp.sign(jax.lax.stop_gradient(x)) if isinstance(x, jax.Array) else torch.sign(x.detach())
    return sign[..., :1, :] if axis == -2 else sign[..., :, :1]


def svd_of(svd):
    def f(x):
        u, s, vt = svd(x, full_matrices=False)
        sign = signed(u)
        return u * sign, s, vt * (sign.swapaxes(-1, -2))

    return f


def eigh_of(eigh):
    def f(x):
        w, v = eigh((x + x.swapaxes(-1, -2)) / 2)
        return w, v * signed(v)

    return f


def qr_of(qr):
    def f(x):
        q, r = qr(x)
        sign = signed(q)
        return q * sign, r * sign.swapaxes(-1, -2)

    return f


def factors():
    for name, shape in SQUARE.items():
        # Of a matrix that is symmetric; both frameworks then give a symmetric gradient.
        yield both("cholesky", name, [symmetric(*shape)], jnp.linalg.cholesky, torch.linalg.cholesky)
        yield both("inv", name, [full_rank(*shape)], jnp.linalg.inv, torch.linalg.inv)
        yield both("det", name, [full_rank(*shape)], jnp.linalg.det, torch.linalg.det)
        yield both(
            "slogdet",
            name,
            [full_rank(*shape)],
            lambda x: tuple(jnp.linalg.slogdet(x)),
            lambda x: tuple(torch.linalg.slogdet(x)),
        )
    negative = np.array([[0.0, 2.0, 1.0], [1.0, 0.5, 0.0], [0.25, 0.0, 3.0]])
    yield both("det", "negative", [negative], jnp.linalg.det, torch.linalg.det)
    yield both(
        "slogdet",
        "negative",
        [negative],
        lambda x: tuple(jnp.linalg.slogdet(x)),
        lambda x: tuple(torch.linalg.slogdet(x)),
    )
    yield both("inv", "pivots", [negative], jnp.linalg.inv, torch.linalg.inv)
    singular = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
    yield both("det", "singular", [singular], jnp.linalg.det, torch.linalg.det, differentiate=False)
    yield both("det", "empty", [np.zeros((0, 0))], jnp.linalg.det, torch.linalg.det, differentiate=False)


def transposed(x):
    return x.swapaxes(-1, -2)


def solutions():
    for name, a, b in [
        ("vector", (3, 3), (3,)),
        ("matrix", (4, 4), (4, 2)),
        ("one", (1, 1), (1, 1)),
        ("batch", (2, 3, 3), (2, 3, 2)),
        ("broadcast", (3, 3), (2, 3, 1)),
    ]:
        yield both("solve", name, [full_rank(*a), normal(*b)], jnp.linalg.solve, torch.linalg.solve)
    for name, n, columns, lower, trans, unit in [
        ("lower", 3, 2, True, False, False),
        ("upper", 4, 1, False, False, False),
        ("lower_transposed", 3, 2, True, True, False),
        ("upper_transposed", 3, 2, False, True, False),
        ("unit_lower", 3, 2, True, False, True),
        ("unit_upper", 4, 3, False, False, True),
        ("one", 1, 1, True, False, False),
    ]:
        yield both(
            "triangular_solve",
            name,
            [full_rank(n, n), normal(n, columns)],
            lambda a, b: jax.scipy.linalg.solve_triangular(a, b, int(trans), lower, unit),
            lambda a, b: solve_triangular(a, b, lower, trans, unit),
            lower=lower,
            transpose_a=trans,
            unit_diagonal=unit,
        )
    yield both(
        "triangular_solve",
        "batch",
        [full_rank(2, 3, 3), normal(2, 3, 2)],
        lambda a, b: jax.lax.linalg.triangular_solve(a, b, left_side=True, lower=True),
        lambda a, b: solve_triangular(a, b, True, False, False),
        lower=True,
        transpose_a=False,
        unit_diagonal=False,
    )


def solve_triangular(a, b, lower, trans, unit):
    part = torch.tril(a) if lower else torch.triu(a)
    upper = lower == trans
    return torch.linalg.solve_triangular(
        transposed(part) if trans else part, b, upper=upper, unitriangular=unit
    )


def spectra():
    """Signs are free: those with a positive first row are compared, and the test chooses them likewise."""
    for name, shape in {"one": (1, 1), "two": (2, 2), "odd": (5, 5), "batch": (2, 3, 3)}.items():
        yield both("eigh", name, [symmetric(*shape)], eigh_of(jnp.linalg.eigh), eigh_of(torch.linalg.eigh))
    for name, shape in {
        "one": (1, 1),
        "square": (3, 3),
        "tall": (5, 3),
        "wide": (2, 4),
        "batch": (2, 3, 2),
    }.items():
        yield both("svd", name, [full_rank(*shape)], svd_of(jnp.linalg.svd), svd_of(torch.linalg.svd))
        if name != "wide":  # JAX has no gradient of it
            yield both("qr", name, [full_rank(*shape)], qr_of(jnp.linalg.qr), qr_of(torch.linalg.qr))
    yield both("qr", "wide", [full_rank(2, 4)], None, qr_of(torch.linalg.qr))
