#include <ramie/autograd/ops/shape.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/index_update.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/ops/shape_diagonal.h>
#include <ramie/autograd/ops/shape_grid.h>
#include <ramie/autograd/ops/shape_pad.h>

#include "support/frameworks.h"

namespace ramie::frameworks {
namespace {

std::optional<std::int64_t> bound(const Json& j) {
  return j.is_null() ? std::nullopt : std::optional(j.get<std::int64_t>());
}
std::optional<std::int64_t> axis_or_all(const Json& a) { return bound(a.at("axis")); }
std::vector<std::int64_t> list(const Json& a, const char* name) {
  return a.at(name).get<std::vector<std::int64_t>>();
}

Tensor sliced(const Tensors& x, const Json& a) {
  Tensor y = x[0];
  for (int i = 0; i < y.rank(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    y = slice(y, i,
              Range{bound(a.at("start")[at]), bound(a.at("stop")[at]), bound(a.at("step")[at]).value_or(1)});
  }
  return y;
}

Tensor padded(const Tensors& x, const Json& a) {
  const std::vector<std::pair<std::int64_t, std::int64_t>> widths = a.at("padding");
  const std::string mode = a.at("mode");
  if (mode == "constant") return pad(x[0], widths, a.at("value").get<double>());
  return pad(x[0], widths,
             mode == "edge"        ? PadMode::edge
             : mode == "reflect"   ? PadMode::reflect
             : mode == "symmetric" ? PadMode::symmetric
                                   : PadMode::wrap);
}

Tensors parts(const Tensors& x, const Json& a) {
  if (a.at("sections").is_array()) return split(x[0], list(a, "sections"), axis(a));
  return split(x[0], integer(a, "sections"), axis(a));
}

Tensor rolled(const Tensors& x, const Json& a) {
  if (a.at("axis").is_null()) return roll(x[0], numbers(a, "shift")[0]);
  return roll(x[0], numbers(a, "shift"), axes(a));
}

Tensor ranged(const Tensors&, const Json& a) {
  if (a.at("step").is_number_integer())
    return arange(integer(a, "start"), integer(a, "stop"), integer(a, "step"));
  return arange(a.at("start").get<double>(), a.at("stop").get<double>(), a.at("step").get<double>(), float64);
}

}  // namespace

const Family& family() {
  static const Family all{
      {"shape", "index"},
      {
          {"reshape", [](auto& x, auto& a) { return reshape(x[0], numbers(a, "shape")); }},
          {"transpose", [](auto& x, auto& a) { return transpose(x[0], numbers(a, "axes")); }},
          {"swapaxes",
           [](auto& x, auto& a) { return swapaxes(x[0], integer(a, "axis1"), integer(a, "axis2")); }},
          {"moveaxis",
           [](auto& x, auto& a) { return moveaxis(x[0], numbers(a, "source"), numbers(a, "destination")); }},
          {"squeeze", [](auto& x, auto& a) { return squeeze(x[0], numbers(a, "axes")); }},
          {"expand_dims", [](auto& x, auto& a) { return expand_dims(x[0], axis(a)); }},
          {"broadcast_to", [](auto& x, auto& a) { return broadcast_to(x[0], numbers(a, "shape")); }},
          {"concatenate", [](auto& x, auto& a) { return concatenate(x, axis(a)); }},
          {"stack", [](auto& x, auto& a) { return stack(x, axis(a)); }},
          {"split", parts},
          {"array_split",
           [](auto& x, auto& a) { return array_split(x[0], integer(a, "sections"), axis(a)); }},
          {"meshgrid",
           [](auto& x, auto& a) {
             return meshgrid(x, a.at("indexing") == "xy" ? Indexing::xy : Indexing::ij);
           }},
          {"tile", [](auto& x, auto& a) { return tile(x[0], numbers(a, "reps")); }},
          {"repeat", [](auto& x, auto& a) { return repeat(x[0], integer(a, "repeats"), axis_or_all(a)); }},
          {"repeat_each", [](auto& x, auto& a) { return repeat_each(x[0], list(a, "repeats"), axis(a)); }},
          {"flip", [](auto& x, auto& a) { return flip(x[0], numbers(a, "axes")); }},
          {"roll", rolled},
          {"slice", sliced},
          {"pad", padded},
          {"where", [](auto& x, auto&) { return where(x[0], x[1], x[2]); }},
          {"arange", ranged},
          {"linspace",
           [](auto&, auto& a) {
             const double start = a.at("start"), stop = a.at("stop");
             const std::int64_t n = a.at("num");
             if (flag(a, "endpoint")) return linspace(start, stop, n, float64);
             return slice(linspace(start, stop, n + 1, float64), 0, 0, n);
           }},
          {"eye",
           [](auto&, auto& a) { return eye(integer(a, "n"), integer(a, "m"), integer(a, "k"), float64); }},
          {"tri",
           [](auto&, auto& a) { return tri(integer(a, "n"), integer(a, "m"), integer(a, "k"), float64); }},
          {"take", [](auto& x, auto& a) { return take(x[0], x[1], axis(a)); }},
          {"take_along_axis", [](auto& x, auto& a) { return take_along_axis(x[0], x[1], axis(a)); }},
          {"gather", [](auto& x, auto& a) { return gather(x[0], axis(a), x[1]); }},
          {"scatter_add", [](auto& x, auto& a) { return scatter_add(x[0], x[1], x[2], axis(a)); }},
          {"index_set", [](auto& x, auto& a) { return index_set(x[0], x[1], x[2], axis(a)); }},
          {"gather_nd", binary(gather_nd)},
          {"scatter_nd_add", [](auto& x, auto&) { return scatter_nd_add(x[0], x[1], x[2]); }},
          {"scatter_nd_set", [](auto& x, auto&) { return scatter_nd_set(x[0], x[1], x[2]); }},
          {"dynamic_slice",
           [](auto& x, auto& a) { return dynamic_slice(x[0], x[1], numbers(a, "slice_sizes")); }},
          {"dynamic_update_slice", [](auto& x, auto&) { return dynamic_update_slice(x[0], x[1], x[2]); }},
          {"one_hot", [](auto& x, auto& a) { return one_hot(x[0], integer(a, "num_classes"), float64); }},
      }};
  return all;
}

}  // namespace ramie::frameworks
