#include <ramie/tensor/ops/concatenate.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/apply.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// The gradient of part i is the stretch of dy that it became.
Grads split(const Tensor& dy, Needs needs, int axis, const std::vector<std::int64_t>& lengths) {
  std::vector<Tensor> out;
  std::int64_t at = 0;
  for (std::size_t i = 0; i < lengths.size(); at += lengths[i++])
    out.push_back(needs[static_cast<int>(i)] ? slice(dy, axis, at, at + lengths[i]) : Tensor());
  return Grads(std::move(out));
}

// As many parts as one recorded op can have.
Tensor join(const std::vector<Tensor>& parts, int axis) {
  std::vector<std::int64_t> lengths;
  for (auto& p : parts) lengths.push_back(p.shape()[axis]);
  return apply_all(
      "concatenate", parts,
      [axis](std::span<const Tensor> x) {
        const kernels::Concatenate kernel{axis, static_cast<int>(x.size())};
        return launch_all(kernel, std::vector<Tensor>(x.begin(), x.end()))[0];
      },
      [axis, lengths](const Tensor& dy, Needs needs) { return split(dy, needs, axis, lengths); },
      [axis](std::span<const Tensor> x) {
        return concatenate(std::vector<Tensor>(x.begin(), x.end()), axis + 1);
      });
}

// A recorded op has at most 64 inputs: more are joined in groups.
Tensor join_groups(std::vector<Tensor> parts, int axis) {
  const bool recorded = std::any_of(parts.begin(), parts.end(), [](auto& p) { return p.graph(); });
  for (const std::size_t group = 64; recorded && parts.size() > group;) {
    std::vector<Tensor> joined;
    for (std::size_t i = 0; i < parts.size(); i += group) {
      const auto first = parts.begin() + static_cast<std::ptrdiff_t>(i);
      joined.push_back(join({first, i + group < parts.size() ? first + group : parts.end()}, axis));
    }
    parts = std::move(joined);
  }
  return join(parts, axis);
}

}  // namespace

Tensor concatenate(const std::vector<Tensor>& parts, std::int64_t axis) {
  if (parts.empty()) fail("concatenate", "no tensors were given.");
  if (parts[0].rank() == 0) fail("concatenate", "tensors without axes cannot be joined: use stack.");
  const int a = normalize_axis("concatenate", axis, parts[0].rank());
  DType dtype = parts[0].dtype();
  for (auto& p : parts) dtype = promote(dtype, p.dtype());
  std::vector<Tensor> same;
  for (auto& p : parts) same.push_back(astype(p, dtype));
  return join_groups(std::move(same), a);
}

Tensor stack(const std::vector<Tensor>& parts, std::int64_t axis) {
  if (parts.empty()) fail("stack", "no tensors were given.");
  std::vector<Tensor> rows;
  for (auto& p : parts) {
    if (p.shape() != parts[0].shape())
      fail("stack", fmt::format("{} and {} have different shapes.", str(parts[0].layout()), str(p.layout())));
    rows.push_back(expand_dims(p, axis));
  }
  return concatenate(rows, axis);
}

}  // namespace ramie
