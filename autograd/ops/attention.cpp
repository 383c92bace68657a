#include <ramie/autograd/ops/attention.h>

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/autograd/ops/softmax.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

constexpr const char* op = "dot_product_attention";

void check(const Tensor& q, const Tensor& k, const Tensor& v) {
  const auto explain = [&](const char* what) {
    fail(op, fmt::format("{}: query is {}, key {}, value {}. They are [B, T, N, H], [B, S, K, H] and "
                         "[B, S, K, V].",
                         what, str(q.layout()), str(k.layout()), str(v.layout())));
  };
  if (q.rank() != 4 || k.rank() != 4 || v.rank() != 4) explain("queries, keys and values have 4 axes");
  if (q.shape(0) != k.shape(0) || q.shape(0) != v.shape(0)) explain("the batches differ");
  if (q.shape(3) != k.shape(3)) explain("queries and keys differ in length");
  if (k.shape(1) != v.shape(1) || k.shape(2) != v.shape(2)) explain("each key needs a value");
  if (k.shape(2) == 0 || q.shape(2) % k.shape(2))
    explain("the query heads do not divide among the key heads");
  if (!is_floating(q.dtype()) || !is_floating(k.dtype()) || !is_floating(v.dtype()))
    explain("attention is of floating numbers");
}

void check_logits(const char* what, const Tensor& x, const Shape& logits) {
  bool fits = x.rank() <= 4;
  for (int i = 1; fits && i <= x.rank(); ++i) fits = x.shape(-i) == 1 || x.shape(-i) == logits[-i];
  if (!fits)
    fail(op, fmt::format("{} is {}, which does not broadcast to the logits {}: [B, N, T, S].", what,
                         str(x.layout()), str(logits)));
}

// [B, T, N, H] -> [B, K, G T, H]: the queries of all heads that share a key head, one after the other.
Tensor by_key_head(const Tensor& q, std::int64_t heads) {
  const Shape& s = q.shape();
  const Tensor split = reshape(q, {s[0], s[1], heads, s[2] / heads, s[3]});
  return reshape(transpose(split, {0, 2, 3, 1, 4}), {s[0], heads, s[2] / heads * s[1], s[3]});
}
// And back, for so many queries of so many heads.
Tensor by_position(const Tensor& y, std::int64_t queries, std::int64_t heads) {
  const Shape& s = y.shape();
  const Tensor split = reshape(y, {s[0], s[1], heads / s[1], queries, s[3]});
  return reshape(transpose(split, {0, 3, 1, 2, 4}), {s[0], queries, heads, s[3]});
}

Tensor causal(std::int64_t queries, std::int64_t keys) {
  return greater_equal(expand_dims(arange(queries), 1), arange(keys));
}

Tensor masked(const Tensor& logits, const AttentionOptions& o) {
  Tensor y = logits;
  const double lowest =
      y.dtype() == float64 ? std::numeric_limits<double>::lowest() : std::numeric_limits<float>::lowest();
  if (o.bias) y = (y + o.bias).astype(y.dtype());
  if (o.mask) y = where(o.mask, y, 0.7 * lowest);  // finite, so that a row of them has no NaN
  if (o.is_causal) y = where(causal(y.shape(2), y.shape(3)).to(y.device()), y, 0.7 * lowest);
  return y;
}

}  // namespace

Tensor dot_product_attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionOptions& o) {
  if (q.rank() == 3 && k.rank() == 3 && v.rank() == 3)
    return squeeze(dot_product_attention(expand_dims(q, 0), expand_dims(k, 0), expand_dims(v, 0), o), {0});
  check(q, k, v);
  const Shape shape{q.shape(0), q.shape(2), q.shape(1), k.shape(1)};
  if (o.bias) check_logits("bias", o.bias, shape);
  if (o.mask) check_logits("mask", o.mask, shape);
  const DType wide = promote(promote(q.dtype(), k.dtype()), float32);
  const double scale = o.scale ? *o.scale : 1 / std::sqrt(static_cast<double>(q.shape(3)));
  const Tensor queries = by_key_head(q, k.shape(2)).astype(wide) * scale;
  const Tensor logits = matmul(queries, transpose(k, {0, 2, 3, 1}).astype(wide));
  const Tensor weights = softmax(masked(reshape(logits, shape), o)).astype(v.dtype());
  const Tensor y = matmul(reshape(weights, logits.shape()), transpose(v, {0, 2, 1, 3}));
  return by_position(y, q.shape(1), q.shape(2)).astype(q.dtype());
}

Tensor make_causal_mask(const Tensor& x) {
  if (x.rank() == 0) fail("make_causal_mask", "a number is no sequence: x is [B..., T].");
  Shape shape = x.shape();
  shape.push_back(x.shape(-1));
  shape.insert(shape.rank() - 2, 1);
  return broadcast_to(causal(x.shape(-1), x.shape(-1)).to(x.device()), shape);
}

Tensor make_attention_mask(const Tensor& query, const Tensor& key) {
  if (query.rank() == 0 || key.rank() == 0)
    fail("make_attention_mask", "a number is no sequence: they are [B..., T] and [B..., S].");
  return expand_dims(logical_and(expand_dims(query, -1), expand_dims(key, -2)), -3);
}

Tensor combine_masks(const std::vector<Tensor>& masks) {
  Tensor all;
  for (auto& m : masks)
    if (m) all = all ? logical_and(all, m) : m;
  return all;
}

}  // namespace ramie
