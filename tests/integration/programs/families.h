// The families of ops that random programs are made of. A function tries one instruction of its family and
// says whether it was added.
#pragma once

#include <ramie/autograd/engine.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/ops/conv2d.h>
#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/loss.h>
#include <ramie/autograd/ops/matmul.h>
#include <ramie/autograd/ops/pool2d.h>

#include "integration/programs/generator.h"
#include "integration/programs/tables.h"

namespace ramie::programs {

inline const Tensor& at(const Env& e, int i) { return e.values[static_cast<std::size_t>(i)]; }

// ---- elementwise -----------------------------------------------------------------------------------------

inline bool add_unary(Generator& g, const std::string&, int x) {
  const Unary& op = g.any(unary);
  return g.add(fmt::format("{}(v{})", op.name, x), {x}, [=](Env& e) { return op.f(at(e, x)); });
}
inline bool add_some_unary(Generator& g) {
  const int x = g.find_number();
  return x >= 0 && add_unary(g, "", x);
}

// Another value that broadcasts with x's shape.
inline int find_partner(Generator& g, int x) {
  return g.find([&](const Tensor& y) {
    if (y.dtype() == uint32) return false;
    const Shape &a = g.value(x).shape(), &b = y.shape();
    for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i)
      if (a[-i] != b[-i] && a[-i] != 1 && b[-i] != 1) return false;
    return true;
  });
}
inline bool add_binary(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  const int y = find_partner(g, x);
  const Binary& op = g.any(binary);
  return g.add(fmt::format("{}(v{}, v{})", op.name, x, y), {x, y},
               [=](Env& e) { return op.f(at(e, x), at(e, y)); });
}
inline bool add_number(Generator& g) {
  using Op = Tensor (*)(const Tensor&, double);
  static constexpr std::pair<const char*, Op> ops[] = {
      {"{0} + {1}", [](const Tensor& x, double n) { return x + n; }},
      {"{0} * {1}", [](const Tensor& x, double n) { return x * n; }},
      {"{0} * int({1})", [](const Tensor& x, double n) { return x * static_cast<int>(n); }},
      {"{1} - {0}", [](const Tensor& x, double n) { return n - x; }},
      {"{0} / {1}", [](const Tensor& x, double n) { return x / n; }},
      {"power({0}, {1})", [](const Tensor& x, double n) { return power(x, n); }},
      {"maximum({0}, {1})", [](const Tensor& x, double n) { return maximum(x, n); }},
      {"{0} > {1}", [](const Tensor& x, double n) { return x > n; }},
      {"clip({0}, -{1}, 2)", [](const Tensor& x, double n) { return clip(x, -n, 2); }}};
  const int x = g.find_number();
  if (x < 0) return false;
  const auto& [name, op] = g.any(ops);
  const double n = g.number();
  return g.add(fmt::format(fmt::runtime(name), fmt::format("v{}", x), n), {x},
               [=, op = op](Env& e) { return op(at(e, x), n); });
}
inline bool add_where(Generator& g) {
  const int a = g.find_number();
  if (a < 0) return false;
  const int b = find_partner(g, a), c = find_partner(g, b);
  return g.add(fmt::format("where(v{} > 0, v{}, v{})", c, a, b), {a, b, c},
               [=](Env& e) { return where(at(e, c) > 0, at(e, a), at(e, b)); });
}
// What no integer can hold becomes one that can: C++ does not say what it would be.
inline bool add_cast(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  const DType to = g.dtype();
  return g.add(fmt::format("astype(v{}, {})", x, name(to)), {x}, [=](Env& e) {
    const Tensor& v = at(e, x);
    if (is_floating(to) || !is_floating(v.dtype())) return astype(v, to);
    return astype(where(isnan(v), 0, clip(v, -100, 100)), to);
  });
}

// ---- reductions and products -----------------------------------------------------------------------------

inline bool add_reduction(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  const Reduction& op = g.any(reductions);
  const Shape axes = g.axes(x);
  const bool keep = g.chance(0.4);
  return g.add(fmt::format("{}(v{}, axes {}, {})", op.name, x, str(axes), keep), {x},
               [=](Env& e) { return op.f(at(e, x), axes, keep); });
}
inline bool add_along_axis(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  const AlongAxis& op = g.any(along_axis);
  const int axis = g.axis(x);
  return g.add(fmt::format("{}(v{}, {})", op.name, x, axis), {x},
               [=](Env& e) { return op.f(at(e, x), axis); });
}
inline bool add_matmul(Generator& g) {
  const int a = g.find([](const Tensor& x) { return is_floating(x.dtype()) && x.rank() > 0; });
  if (a < 0) return false;
  const bool turned = g.chance(0.5);
  const int b = g.find([&](const Tensor& y) {
    const int axis = y.rank() > 1 && !turned ? -2 : -1;
    return is_floating(y.dtype()) && y.rank() > 0 && y.shape()[axis] == g.value(a).shape(-1);
  });
  if (b < 0) return false;
  const bool turn = turned && g.value(b).rank() > 1;
  return g.add(fmt::format("matmul(v{}, v{}{})", a, b, turn ? ".swapaxes(-1, -2)" : ""), {a, b},
               [=](Env& e) { return matmul(at(e, a), turn ? swapaxes(at(e, b), -1, -2) : at(e, b)); });
}
inline bool add_image(Generator& g) {
  const int x = g.find([](const Tensor& v) { return is_floating(v.dtype()) && v.rank() == 4; });
  if (x < 0) return false;
  const std::int64_t stride = 1 + g.below(2);
  const Padding padding = g.chance(0.5) ? Padding::same() : Padding::valid();
  const int k = g.find([&](const Tensor& v) {
    return v.rank() == 4 && v.dtype() == g.value(x).dtype() && v.shape(2) == g.value(x).shape(3) &&
           v.shape(0) <= 3 && v.shape(1) <= 3;
  });
  if (k >= 0 && g.chance(0.6))
    return g.add(fmt::format("conv2d(v{}, v{}, strides {})", x, k, stride), {x, k}, [=](Env& e) {
      return conv2d(at(e, x), at(e, k), {.strides = {stride, stride}, .padding = padding});
    });
  const int way = g.below(3);
  return g.add(fmt::format("{}_pool(v{}, strides {})",
                           way == 0   ? "avg"
                           : way == 1 ? "max"
                                      : "min",
                           x, stride),
               {x}, [=](Env& e) {
                 const PoolOptions options{.window = {2, 3}, .strides = {stride, 1}, .padding = padding};
                 return way == 0   ? avg_pool(at(e, x), options)
                        : way == 1 ? max_pool(at(e, x), options)
                                   : min_pool(at(e, x), options);
               });
}

// ---- views and what moves elements -----------------------------------------------------------------------

inline Shape other_shape(Generator& g, const Shape& s) {
  Shape to = s;
  const int way = g.below(4);
  if (way == 0 || s.rank() == 0) return {-1};
  if (way == 1) to.insert(g.below(s.rank() + 1), 1);
  if (way == 2 && s.rank() > 1) {  // two axes as one
    const int i = g.below(s.rank() - 1);
    to[i] *= s[i + 1];
    to.erase(i + 1);
  }
  if (way == 3) std::reverse(to.begin(), to.end());
  return to;
}
// A view; sometimes a copy of it, which passes may take away again.
inline bool add_view(Generator& g, const std::string& text, int x,
                     const std::function<Tensor(const Tensor&)>& view) {
  if (!g.chance(0.3)) return g.add(text, {x}, [=](Env& e) { return view(at(e, x)); });
  return g.add("contiguous " + text, {x}, [=](Env& e) { return contiguous(view(at(e, x))); });
}
inline bool add_reshape(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  const Shape to = other_shape(g, g.value(x).shape());
  return add_view(g, fmt::format("reshape(v{}, {})", x, str(to)), x,
                  [=](const Tensor& v) { return reshape(v, to); });
}
inline bool add_transpose(Generator& g) {
  const int x = g.find([](const Tensor& v) { return v.rank() > 1; });
  if (x < 0) return false;
  const int a = g.axis(x), b = g.axis(x);
  return add_view(g, fmt::format("swapaxes(v{}, {}, {})", x, a, b), x,
                  [=](const Tensor& v) { return swapaxes(v, a, b); });
}
inline bool add_slice(Generator& g) {
  const int x = g.find([](const Tensor& v) { return v.rank() > 0 && v.dtype() != uint32; });
  if (x < 0) return false;
  const int axis = g.axis(x), n = static_cast<int>(g.value(x).shape(axis));
  const int start = g.below(n + 1), stop = start + g.below(n - start + 1), step = 1 + g.below(2);
  if (g.chance(0.4))
    return add_view(g, fmt::format("slice(v{}, {}, ::{})", x, axis, -step), x, [=](const Tensor& v) {
      return slice(v, axis, Range{{}, {}, -step});
    });
  return add_view(g, fmt::format("slice(v{}, {}, {}:{}:{})", x, axis, start, stop, step), x,
                  [=](const Tensor& v) { return slice(v, axis, start, stop, step); });
}
inline bool add_broadcast(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  Shape to = g.value(x).shape();
  for (auto& n : to)
    if (n == 1) n = 1 + g.below(4);
  if (g.chance(0.5)) to.insert(0, 1 + g.below(3));
  return add_view(g, fmt::format("broadcast_to(v{}, {})", x, str(to)), x,
                  [=](const Tensor& v) { return broadcast_to(v, to); });
}
// A value and the same one seen otherwise, by one op.
inline bool add_twice(Generator& g) {
  const int x = g.find([](const Tensor& v) { return v.rank() > 0 && v.dtype() != uint32; });
  if (x < 0) return false;
  const Binary& op = g.any(binary);
  const int axis = g.axis(x);
  const bool turned = g.chance(0.5), first = g.chance(0.5);
  return g.add(fmt::format("{}(v{} * 0.5, its {}{})", op.name, x, turned ? "transpose" : "flip",
                           first ? " first" : ""),
               {x}, [=](Env& e) {
                 const Tensor v = at(e, x) * 0.5, w = turned ? transpose(v) : flip(v, {axis});
                 return first ? op.f(w, v) : op.f(v, w);
               });
}
inline bool add_join(Generator& g) {
  const int a = g.find_number();
  if (a < 0) return false;
  const int b =
      g.find([&](const Tensor& y) { return y.dtype() != uint32 && y.shape() == g.value(a).shape(); });
  const int axis = g.axis(a);
  if (g.chance(0.5))
    return g.add(fmt::format("stack({{v{}, v{}}}, {})", a, b, axis), {a, b}, [=](Env& e) {
      return stack({at(e, a), at(e, b)}, axis);
    });
  return g.add(fmt::format("concatenate({{v{}, v{}, v{}}}, {})", a, b, a, axis), {a, b}, [=](Env& e) {
    return concatenate({at(e, a), at(e, b), at(e, a)}, axis);
  });
}
inline bool add_pad(Generator& g) {
  const int x = g.find_number();
  if (x < 0) return false;
  std::vector<std::pair<std::int64_t, std::int64_t>> widths;
  for (int i = 0; i < g.value(x).rank(); ++i) widths.push_back({g.below(2), g.below(3)});
  const double by = g.number();
  return g.add(fmt::format("pad(v{}, {} axes, {})", x, widths.size(), by), {x},
               [=](Env& e) { return pad(at(e, x), widths, by); });
}

// ---- indices, losses, random numbers, constants ----------------------------------------------------------

inline bool add_index(Generator& g) {
  const int x = g.find([](const Tensor& v) { return v.rank() > 0 && v.size() > 0 && v.dtype() != uint32; });
  const int i = g.find([](const Tensor& v) { return v.dtype() == int32; });
  if (x < 0 || i < 0) return false;
  const int axis = g.axis(x), way = g.below(4);
  static constexpr const char* names[] = {"take", "take_along_axis", "scatter_add", "one_hot"};
  return g.add(fmt::format("{}(v{}, remainder(v{}), {})", names[way], x, i, axis), {x, i}, [=](Env& e) {
    const Tensor& v = at(e, x);
    const Tensor indices = remainder(at(e, i), static_cast<int>(v.shape(axis)));
    if (way == 1) return take_along_axis(v, indices, axis);
    if (way == 2) return scatter_add(v, indices, take(v, indices, axis) * 2, axis);
    return way == 0 ? take(v, indices, axis) : one_hot(indices, v.shape(axis));
  });
}
// A loss, alone or with one of other labels or of another view.
inline bool add_loss(Generator& g) {
  const int x =
      g.find([](const Tensor& v) { return is_floating(v.dtype()) && v.rank() > 0 && v.size() > 0; });
  if (x < 0) return false;
  const int way = g.below(3);
  static constexpr const char* names[] = {"cross_entropy(v{})", "cross_entropy(v{}), twice",
                                          "cross_entropy(v{}), and flipped"};
  return g.add(fmt::format(fmt::runtime(names[way]), x), {x}, [=](Env& e) {
    const auto loss = softmax_cross_entropy_with_integer_labels;
    const Tensor v = at(e, x), labels = argmax(v * -1, -1);
    if (way == 0) return loss(v, labels);
    const Tensor y = loss(v, labels), fixed = v.detach();  // no gradient leads to the other
    return y + (way == 1 ? loss(fixed, argmax(v, -1)) : loss(flip(fixed, {0}), labels));
  });
}
inline bool add_random(Generator& g) {
  const int k = g.find([](const Tensor& v) { return v.dtype() == uint32; });
  if (k < 0) return false;
  const int way = g.below(7), n = g.below(3);
  const Shape s = g.shape(3);
  static constexpr const char* names[] = {"normal", "uniform",   "bernoulli", "randint",
                                          "split",  "truncated", "fold_in"};
  return g.add(fmt::format("{}(fold_in(v{}, {}), {})", names[way], k, n, str(s)), {k}, [=](Env& e) {
    const Tensor key = n ? random::fold_in(at(e, k), static_cast<std::uint32_t>(n)) : at(e, k);
    return way == 0   ? random::normal(key, s)
           : way == 1 ? random::uniform(key, s, float32, -1, 1)
           : way == 2 ? random::bernoulli(key, 0.5, s)
           : way == 3 ? random::randint(key, s, -5, 6)
           : way == 4 ? random::split(key)[1]
           : way == 5 ? random::truncated_normal(key, -2, 2, s)
                      : random::fold_in(key, 7);
  });
}
inline bool add_constant(Generator& g) {
  const Shape s = g.shape(3);
  const DType dtype = g.dtype();
  if (g.chance(0.5)) {
    const double n = g.number();
    return g.add(fmt::format("full({}, {}, {})", str(s), n, name(dtype)), {},
                 [=](Env&) { return full(s, n, dtype); });
  }
  const Tensor outside = random_value(dtype, s, static_cast<std::uint64_t>(g.below(1000)));
  g.close_over(outside);
  return g.add(fmt::format("constant {}", str(s)), {}, [=](Env&) { return outside; });
}

// ---- state -----------------------------------------------------------------------------------------------

inline bool add_read(Generator& g) {
  if (g.trial().cells.empty()) return false;
  const std::size_t c = static_cast<std::size_t>(g.below(static_cast<int>(g.trial().cells.size())));
  return g.add(fmt::format("get(cell{})", c), {}, [=](Env& e) { return get(e.cells[c]); });
}
inline bool add_write(Generator& g) {
  if (g.trial().cells.empty() || g.depth()) return false;
  const std::size_t c = static_cast<std::size_t>(g.below(static_cast<int>(g.trial().cells.size())));
  const Tensor old = get(g.trial().cells[c]);
  const int x = g.find([&](const Tensor& v) { return v.layout().same(old.layout()); });
  const int by = g.find_floating();
  const bool moved = old.dtype() != uint32 && by >= 0 && g.chance(0.5);
  if (!moved && x < 0) return false;
  return g.add(
      moved ? fmt::format("set(cell{}, cell{} * 0.5 + tanh(sum(v{})))", c, c, by)
            : fmt::format("set(cell{}, v{})", c, x),
      {moved ? by : x}, [=](Env& e) {
        const auto& cell = e.cells[c];
        set(cell,
            !moved ? at(e, x) : astype(get(cell) * 0.5 + astype(tanh(sum(at(e, by))), float32), old.dtype()));
        return get(cell);
      });
}

// ---- gradients -------------------------------------------------------------------------------------------

// A number of all floats that the block made.
inline Tensor loss(const Block& block, Env inside) {
  const std::size_t first = inside.values.size();
  run(block, inside);
  Tensor total = full({}, 0.0);
  for (std::size_t i = first; i < inside.values.size(); ++i)
    if (const Tensor& v = inside.values[i]; is_floating(v.dtype())) total = total + mean(astype(v, float32));
  return total;
}
inline Tensor gradient(const Block& block, const Env& e, int from, int way) {
  const auto f = [&](const Tensor& x) {
    Env inside = e;
    inside.values[static_cast<std::size_t>(from)] = x;
    return loss(block, std::move(inside));
  };
  if (way == 0) return grad(f)(at(e, from));
  if (way == 1) {
    const auto [value, slope] = value_and_grad(f)(at(e, from));
    return astype(value, slope.dtype()) + slope;
  }
  if (way == 2) return vjp(f, at(e, from)).second(full({}, 0.5));
  const Tensor x = variable(at(e, from));
  backward(f(x));
  return x.grad() ? x.grad() : zeros_like(x);
}
inline bool add_gradient(Generator& g) {
  if (g.depth() > 1) return false;
  const int from = g.find(
      [&](const Tensor& v) { return (v.dtype() == float32 || v.dtype() == float64) && !g.is_outside(v); });
  if (from < 0) return false;
  const std::optional<Block> block = g.block(from, 1 + g.below(6));
  if (!block) return false;
  static constexpr const char* names[] = {"grad", "value_and_grad", "vjp", "backward"};
  const int way = g.below(4), values = static_cast<int>(g.trial().values.size());
  std::vector<int> uses{from};
  std::string text = fmt::format("{} by v{} of the means of {{\n", names[way], from);
  for (auto& i : *block) {
    text += i.text + "\n";
    std::copy_if(i.uses.begin(), i.uses.end(), std::back_inserter(uses), [&](int u) { return u < values; });
  }
  return g.add(text + "}", uses, [=, block = *block](Env& e) { return gradient(block, e, from, way); });
}

inline bool add_any(Generator& g) {
  using Family = bool (*)(Generator&);
  static constexpr Family families[] = {
      add_some_unary, add_some_unary, add_some_unary, add_binary, add_binary,   add_binary,
      add_binary,     add_number,     add_number,     add_where,  add_cast,     add_reduction,
      add_reduction,  add_along_axis, add_matmul,     add_matmul, add_image,    add_reshape,
      add_transpose,  add_slice,      add_slice,      add_twice,  add_twice,    add_broadcast,
      add_join,       add_pad,        add_index,      add_loss,   add_random,   add_random,
      add_constant,   add_read,       add_write,      add_write,  add_gradient, add_gradient};
  try {
    return g.any(families)(g);
  } catch (const Error&) {  // such as more axes than there may be
    return false;
  }
}

}  // namespace ramie::programs
