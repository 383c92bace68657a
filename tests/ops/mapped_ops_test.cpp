// Ops of shapes, indices, products and linear algebra under transforms: vmap over every choice of arguments
// against a loop, by rules alone; gradients under vmap; and forward mode against the gradient.
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/index_update.h>
#include <ramie/autograd/ops/linalg.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/product.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/autograd/ops/shape_grid.h>
#include <ramie/autograd/ops/shape_pad.h>
#include <ramie/autograd/vmap.h>
#include <ramie/tensor/random.h>

#include "support/ops.h"

namespace ramie {
namespace {

using Tensors = std::vector<Tensor>;
constexpr std::int64_t batch = 3;

struct Op {
  std::string name;
  std::function<Tensor(const Tensors&)> f;
  Tensors x;  // with the batch as first axis
  friend std::ostream& operator<<(std::ostream& out, const Op& op) { return out << op.name; }
};

// Which arguments are mapped; of the others all examples get the first.
struct Choice {
  const Op& op;
  unsigned mapped;
  bool is_mapped(std::size_t i) const { return mapped >> i & 1; }
  Tensors example(std::int64_t n) const {
    Tensors out;
    for (std::size_t i = 0; i < op.x.size(); ++i) out.push_back(op.x[i][is_mapped(i) ? n : 0]);
    return out;
  }
  // g for all examples: by vmap, and by a loop.
  Tensor by_vmap(const std::function<Tensor(const Tensors&)>& g) const {
    Tensors own, same;
    for (std::size_t i = 0; i < op.x.size(); ++i)
      (is_mapped(i) ? own : same).push_back(is_mapped(i) ? op.x[i] : op.x[i][0]);
    const auto f = [&](const Tensors& own, const Tensors& same) {
      Tensors all;
      std::size_t next_own = 0, next_same = 0;
      for (std::size_t i = 0; i < op.x.size(); ++i)
        all.push_back(is_mapped(i) ? own[next_own++] : same[next_same++]);
      return g(all);
    };
    return vmap(f, {0, not_mapped})(own, same);
  }
  Tensor by_loop(const std::function<Tensor(const Tensors&)>& g) const {
    Tensors out;
    for (std::int64_t n = 0; n < batch; ++n) out.push_back(g(example(n)));
    return stack(out);
  }
};

Tensors tangents_of(const Tensors& x) {
  Tensors out;
  for (auto& t : x) out.push_back(is_floating(t.dtype()) ? random_normal(t.shape()) : Tensor());
  return out;
}

class MappedOps : public testing::TestWithParam<Op> {
 protected:
  Op op;  // on the device of the test, which is chosen after the parameters are made
  void SetUp() override {
    op = GetParam();
    for (auto& t : op.x) t = transfer(t, default_device());
    if (op.name.rfind("linalg", 0) == 0 && context.recorder && default_device() != cpu())
      GTEST_SKIP() << "LAPACK's tensors leave the device";
  }
  bool differentiable() const {
    return is_floating(op.f(Choice{op, 0}.example(0)).dtype()) && is_floating(op.x[0].dtype());
  }
};

TEST_P(MappedOps, AsALoopByRulesAlone) {
  for (unsigned mapped = 1; mapped < 1u << op.x.size(); ++mapped) {
    const Choice c{op, mapped};
    reset_vmap_counts();
    const Tensor y = c.by_vmap(op.f);
    for (auto& [name, count] : vmap_counts()) EXPECT_EQ(count.by_slices, 0) << name << ' ' << mapped;
    expect_near(y, c.by_loop(op.f), 1e-11);
  }
}

TEST_P(MappedOps, GradientsOfExamples) {
  if (!differentiable()) return;
  const auto g = [&](const Tensors& x) {
    return grad([&](const Tensor& first) {
      Tensors all = x;
      all[0] = first;
      return sum(sin(op.f(all)));
    })(x[0]);
  };
  for (unsigned mapped = 1; mapped < 1u << op.x.size(); ++mapped) {
    const Choice c{op, mapped};
    expect_near(c.by_vmap(g), c.by_loop(g), 1e-10);
  }
}

// <u, J v> = <J^T u, v>
TEST_P(MappedOps, ForwardIsTheTransposeOfBackward) {
  if (!differentiable()) return;
  const Tensors x = Choice{op, 0}.example(0), v = tangents_of(x);
  const auto [y, dy] = jvp(op.f, x, v);
  const Tensor u = random_normal(y.shape());
  double expected = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!v[i]) continue;
    const auto of_one = [&](const Tensor& t) {
      Tensors all = x;
      all[i] = t;
      return op.f(all);
    };
    expected += sum(vjp(of_one, x[i]).second(u) * v[i]).item();
  }
  EXPECT_NEAR(sum(u * dy).item(), expected, 1e-9 * std::max(1.0, std::abs(expected)));
}

Tensor spd(const Shape& shape) {
  const Tensor x = random_normal(shape);
  return matmul(x, matrix_transpose(x)) + eye(shape[-1], float64);
}

std::vector<Op> shape_ops() {
  const Tensor x = random_normal({batch, 3, 4});
  return {{"reshape",
           [](auto& x) {
             return reshape(transpose(x[0]), {2, -1});
           },
           {x}},
          {"squeeze", [](auto& x) { return squeeze(expand_dims(x[0], 1)); }, {x}},
          {"broadcast_to",
           [](auto& x) {
             return broadcast_to(x[0], {2, 3, 4});
           },
           {x}},
          {"slice", [](auto& x) { return flip(slice(x[0], 1, 0, 4, 2)); }, {x}},
          {"pad",
           [](auto& x) {
             return pad(x[0], {{1, 0}, {0, 2}}, 7);
           },
           {x}},
          {"reflect",
           [](auto& x) {
             return pad(x[0], {{1, 0}, {0, 2}}, PadMode::reflect);
           },
           {x}},
          {"moveaxis", [](auto& x) { return moveaxis(x[0], 0, 1); }, {x}},
          {"tile",
           [](auto& x) {
             return tile(x[0], {2, 3});
           },
           {x}},
          {"repeat", [](auto& x) { return repeat(x[0], 2, 0); }, {x}},
          {"roll", [](auto& x) { return roll(x[0], 2, 1); }, {x}},
          {"split", [](auto& x) { return split(x[0], {1}, 1)[1]; }, {x}},
          {"diagonal", [](auto& x) { return diagonal(x[0], 1) * trace(x[0]); }, {x}},
          {"diag", [](auto& x) { return diag(x[0][0], -1); }, {x}},
          {"triangles", [](auto& x) { return tril(x[0]) + 2 * triu(x[0], 1); }, {x}},
          {"meshgrid",
           [](auto& x) {
             return meshgrid({x[0][0], x[0][1]})[1];
           },
           {x}}};
}

std::vector<Op> index_ops() {
  const Tensor x = random_normal({batch, 4, 3}), rows = random_integers({batch, 2}, -4, 3),
               each = random_integers({batch, 2, 3}, 0, 3), u = random_normal({batch, 2, 3}),
               table = random_integers({batch, 2, 2}, 0, 3), columns = random_integers({batch, 2, 2}, 0, 2),
               pairs = random_integers({batch, 2, 2}, 0, 2), start = random_integers({batch, 2}, -1, 3),
               small = random_normal({batch, 2, 2});
  return {{"take", [](auto& x) { return take(x[0], x[1], 0); }, {x, rows}},
          {"take_columns", [](auto& x) { return take(x[0], x[1], 1); }, {x, columns}},
          {"take_scalar", [](auto& x) { return take(x[0], x[1][0], 0); }, {x, rows}},
          {"take_table", [](auto& x) { return take(x[0], x[1], 0); }, {x, table}},
          {"take_along_axis", [](auto& x) { return take_along_axis(x[0], x[1], 0); }, {x, each}},
          {"scatter_add", [](auto& x) { return scatter_add(x[0], x[1], x[2], 0); }, {x, rows, u}},
          {"scatter_columns",
           [](auto& x) { return scatter_add(x[0], x[1][0], x[2], 1); },
           {x, columns, random_normal({batch, 4, 2})}},
          {"one_hot", [](auto& x) { return one_hot(x[0], 4, float64); }, {rows}},
          {"index_set", [](auto& x) { return index_set(x[0], x[1], x[2], 0); }, {x, rows, u}},
          {"slice_set", [](auto& x) { return slice_set(x[0], {range(1, 3)}, x[1]); }, {x, u}},
          {"slice_add", [](auto& x) { return slice_add(x[0], {range(1, 3)}, x[1]); }, {x, u}},
          {"gather_nd", [](auto& x) { return gather_nd(x[0], x[1]); }, {x, pairs}},
          {"scatter_nd_add",
           [](auto& x) { return scatter_nd_add(x[0], x[1], x[2][0].slice(0, 0, 2)); },
           {x, pairs, u}},
          {"dynamic_slice",
           [](auto& x) {
             return dynamic_slice(x[0], x[1], {2, 2});
           },
           {x, start}},
          {"dynamic_update_slice",
           [](auto& x) { return dynamic_update_slice(x[0], x[2], x[1]); },
           {x, start, small}}};
}

std::vector<Op> products() {
  const Tensor a = random_normal({batch, 3, 4}), b = random_normal({batch, 4, 2}),
               u = random_normal({batch, 4}), v = random_normal({batch, 4}),
               w = random_normal({batch, 2, 4, 3});
  return {{"matmul", [](auto& x) { return matmul(x[0], x[1]); }, {a, b}},
          {"matrix_vector", [](auto& x) { return matmul(x[0], x[1]); }, {a, u}},
          {"vector_matrix", [](auto& x) { return matmul(x[0], x[1]); }, {u, b}},
          {"vectors", [](auto& x) { return matmul(x[0], x[1]) * outer(x[0], x[1]); }, {u, v}},
          {"batches", [](auto& x) { return matmul(x[0], x[1]); }, {a, w}},
          {"tensordot",
           [](auto& x) {
             return tensordot(x[0], x[1], {0, 1}, {2, 1});
           },
           {a, w}},
          {"einsum", [](auto& x) { return einsum("ij,bjk,j->bk", x); }, {a, w, v}},
          {"kron", [](auto& x) { return kron(x[0], x[1]); }, {a, u}}};
}

std::vector<Op> linear_algebra() {
  const Tensor a = spd({batch, 3, 3}), b = random_normal({batch, 3, 2}), tall = random_normal({batch, 4, 2});
  return {
      {"linalg_cholesky", [](auto& x) { return cholesky(x[0]); }, {a}},
      {"linalg_solve", [](auto& x) { return solve(x[0], x[1]); }, {a, b}},
      {"linalg_triangular", [](auto& x) { return triangular_solve(x[0], x[1], {.lower = true}); }, {a, b}},
      {"linalg_inv", [](auto& x) { return inv(x[0]); }, {a}},
      {"linalg_det", [](auto& x) { return det(x[0]); }, {spd({batch, 4, 4})}},
      {"linalg_slogdet", [](auto& x) { return slogdet(x[0]).logabsdet; }, {a}},
      {"linalg_qr", [](auto& x) { return qr(x[0]).r; }, {tall}},
      {"linalg_svd", [](auto& x) { return square(svd(x[0]).u); }, {tall}},
      {"linalg_svdvals", [](auto& x) { return svdvals(x[0]); }, {tall}},
      {"linalg_eigh", [](auto& x) { return square(eigh(x[0]).eigenvectors); }, {a}},
      {"linalg_eigvalsh", [](auto& x) { return eigvalsh(x[0]); }, {a}},
      {"linalg_pinv", [](auto& x) { return pinv(x[0]); }, {tall}}};
}

std::string name_of(const testing::TestParamInfo<Op>& info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Shape, MappedOps, testing::ValuesIn(shape_ops()), name_of);
INSTANTIATE_TEST_SUITE_P(Index, MappedOps, testing::ValuesIn(index_ops()), name_of);
INSTANTIATE_TEST_SUITE_P(Product, MappedOps, testing::ValuesIn(products()), name_of);
INSTANTIATE_TEST_SUITE_P(Linalg, MappedOps, testing::ValuesIn(linear_algebra()), name_of);

// The same numbers as key by key.
TEST(MappedRandom, OverKeys) {
  const Tensor keys = stack(random::split(random::key(3), 4));
  using Draw = std::function<Tensor(const Tensor&)>;
  for (const Draw& f : std::vector<Draw>{[](auto& key) {
                                           return random::normal(key, {2, 3});
                                         },
                                         [](auto& key) { return random::bernoulli(key, 0.5, {5}); },
                                         [](auto& key) { return random::randint(key, {4}, 0, 9); },
                                         [](auto& key) { return random::permutation(key, 6); },
                                         [](auto& key) { return random::fold_in(key, 7); },
                                         [](auto& key) { return random::split(key)[1]; },
                                         [](auto& key) { return random::permutation(key, arange(5), 0); }}) {
    Tensors each;
    for (int i = 0; i < 4; ++i) each.push_back(f(keys[i]));
    expect_near(vmap(f)(keys), stack(each), 0);
  }
}

}  // namespace
}  // namespace ramie
