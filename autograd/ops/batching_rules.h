// How vmap maps an op whose kernel knows one batch of its own: the examples are joined with one of its axes
// and taken apart again.
//
//   Vmap{[](Batch b, const Tensor& x) { return part_batch(f(join_batch(x, 0)), x); }}
#pragma once

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/shape.h>

namespace ramie::detail {

// [batch, ...] -> [...], where the given axis (counted without the batch) is then (group, example, rest).
inline Tensor join_batch(const Tensor& x, int axis, std::int64_t groups = 1) {
  Shape split = x.shape(), order{0}, joined = x.shape();
  const std::int64_t n = split[axis + 1];
  joined[axis + 1] = n * split[0];
  joined.erase(0);
  if (axis == 0 && groups == 1) return reshape(x, joined);
  split[axis + 1] = groups;
  split.insert(axis + 2, n / groups);
  for (int i = 1; i < split.rank(); ++i) order.push_back(i);
  order.erase(0);
  order.insert(axis + 1, 0);  // the examples behind the groups
  return reshape(transpose(reshape(x, split), order), joined);
}

// The other way, where the first axes of y are those of x, [batch, n, ...], joined. The batch may be empty.
inline Tensor part_batch(const Tensor& y, const Tensor& x) {
  Shape parted = y.shape();
  parted[0] = x.shape(1);
  parted.insert(0, x.shape(0));
  return reshape(y, parted);
}
// The other way along any axis, of a batch of one or more.
inline Tensor part_batch(const Tensor& y, std::int64_t batch, int axis, std::int64_t groups = 1) {
  Shape split = y.shape(), order, parted = y.shape();
  parted[axis] /= batch;
  parted.insert(0, batch);
  split[axis] = groups;
  split.insert(axis + 1, batch);
  split.insert(axis + 2, y.shape(axis) / groups / batch);
  for (int i = 0; i < split.rank(); ++i) order.push_back(i);
  order.erase(axis + 1);
  order.insert(0, axis + 1);
  return reshape(transpose(reshape(y, split), order), parted);
}

// Input i of an op under vmap, repeated where it has no batch.
inline Tensor with_batch(const Tensor& x, Batch batch, int i) {
  if (batch[i]) return x;
  Shape shape = x.shape();
  shape.insert(0, batch.size);
  return broadcast_to(x, shape);
}

}  // namespace ramie::detail
