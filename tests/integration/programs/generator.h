// Makes random programs. Each instruction is tried when it is drawn: what throws, or gives no ordinary
// numbers, is left out, so that a family of ops need not know exactly what is allowed.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

#include "integration/programs/source.h"

namespace ramie::programs {

class Generator {
 public:
  static constexpr std::int64_t most_elements = 5000;
  explicit Generator(std::uint64_t seed) : random_(seed) { source_.seed = seed; }
  Source make();

  // ---- for the families of ops (families.h) --------------------------------------------------------------
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  bool chance(double p) { return std::uniform_real_distribution<>()(random_) < p; }
  template <class T, std::size_t n>
  const T& any(const T (&list)[n]) {
    return list[below(static_cast<int>(n))];
  }
  Shape shape(int most_axes = 4);
  DType dtype();
  double number() {
    static constexpr double list[] = {2, 0.5, -1, 3, 0.125, 1, 0};
    return any(list);
  }
  // A value for which `good` holds; the later ones more often. -1: there is none.
  template <class F>
  int find(const F& good) {
    std::vector<int> found;
    for (std::size_t i = 0; i < trial_.values.size(); ++i)
      if (good(trial_.values[i])) found.push_back(static_cast<int>(i));
    if (found.empty()) return -1;
    const int n = static_cast<int>(found.size());
    return found[static_cast<std::size_t>(std::max(below(n), below(n)))];
  }
  int find_number() {  // no key
    return find([](const Tensor& x) { return x.dtype() != uint32; });
  }
  int find_floating() {
    return find([](const Tensor& x) { return is_floating(x.dtype()); });
  }
  const Tensor& value(int i) const { return trial_.values[static_cast<std::size_t>(i)]; }
  const Env& trial() const { return trial_; }
  // A tensor that the program closes over. A gradient by one of those would lead outside.
  void close_over(const Tensor& x) { outside_.push_back(&x.storage()); }
  bool is_outside(const Tensor& x) const {
    return std::find(outside_.begin(), outside_.end(), &x.storage()) != outside_.end();
  }
  int axis(int i) { return value(i).rank() ? below(value(i).rank()) : 0; }
  Shape axes(int i);  // some of its axes

  // Tries the instruction, and adds it if all went well.
  bool add(const std::string& text, std::vector<int> uses, Run run);
  // Instructions of their own, which may use all values so far; the first one uses value `from`.
  std::optional<Block> block(int from, int length);
  int depth() const { return depth_; }

 private:
  void add_argument(DType dtype, const Shape& shape);
  void add_cell(DType dtype, const Shape& shape);
  void choose_results();

  std::mt19937_64 random_;
  Source source_;
  Env trial_;
  Block* block_ = &source_.body;
  int depth_ = 0;
  std::vector<std::int64_t> lengths_;
  std::vector<const Storage*> outside_;
};

bool add_any(Generator& g);  // families.h
bool add_unary(Generator& g, const std::string& of, int x);

// ---- values ----------------------------------------------------------------------------------------------

inline Tensor random_value(DType dtype, const Shape& shape, std::uint64_t seed) {
  if (dtype == uint32) return random::key(static_cast<std::int64_t>(seed % 1000));
  std::mt19937_64 g(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(shape.size()));
  for (double& v : values) v = is_floating(dtype) ? normal(g) : std::round(2 * normal(g));
  return visit(dtype, [&]<class T>(Type<T>) {
    Tensor x = Tensor::empty({dtype, shape});
    std::transform(values.begin(), values.end(), x.mutable_data<T>(),
                   [](double v) { return convert<T>(std::is_same_v<T, bool> ? v > 0 : v); });
    return transfer(x, default_device());
  });
}

// The value with other strides: 1 transposed, 2 flipped, 3 with gaps.
inline Layout odd_layout(const Layout& l, int way, std::int64_t& offset, Shape& whole) {
  Shape strides = l.strides;
  whole = l.shape;
  if (way == 1) {
    std::reverse(whole.begin(), whole.end());
    const Layout other(l.dtype, whole);
    strides = other.strides;
    std::reverse(strides.begin(), strides.end());
  }
  if (way == 2) {
    offset = std::max<std::int64_t>(l.size - 1, 0);
    for (auto& s : strides) s = -s;
  }
  if (way == 3) {
    whole.push_back(2);
    for (auto& s : strides) s *= 2;
  }
  return {l.dtype, l.shape, strides};
}
inline Tensor odd_value(DType dtype, const Shape& shape, int way, std::uint64_t seed) {
  if (dtype == uint32 || way == 0) return random_value(dtype, shape, seed);
  std::int64_t offset = 0;
  Shape whole;
  const Layout l = odd_layout({dtype, shape}, way, offset, whole);
  return random_value(dtype, whole, seed).alias(l, offset);
}

inline bool ordinary(const Tensor& x) {
  if (!is_floating(x.dtype())) return true;
  const auto values = x.to_vector<double>();
  return std::all_of(values.begin(), values.end(), [](double v) { return std::abs(v) < 1e4; });
}

// ---- the generator ---------------------------------------------------------------------------------------

inline Shape Generator::shape(int most_axes) {  // not too large: what is done is seen at any size
  Shape s;
  for (int n = below(most_axes + 1); n > 0; --n)
    if (const std::int64_t length =
            lengths_[static_cast<std::size_t>(below(static_cast<int>(lengths_.size())))];
        s.size() * length <= most_elements)
      s.push_back(length);
  return s;
}
inline DType Generator::dtype() {
  static constexpr DType list[] = {float32, float32, float32, float32, float64,
                                   int32,   int32,   bool_,   bfloat16};
  return any(list);
}
inline Shape Generator::axes(int i) {
  Shape out;
  for (int a = 0; a < value(i).rank(); ++a)
    if (chance(0.5)) out.push_back(chance(0.3) ? a - value(i).rank() : a);
  return out;
}

inline bool Generator::add(const std::string& text, std::vector<int> uses, Run run) {
  try {
    Env env = trial_;
    const Tensor y = run(env).detach();
    if (y.size() > most_elements || (!ordinary(y) && !chance(0.03))) return false;
    block_->push_back(
        {fmt::format("{:{}}v{} = {}   # {}", "", 2 * depth_, trial_.values.size(), text, str(y.layout())),
         std::move(uses), std::move(run)});
    trial_.values.push_back(y);
    return true;
  } catch (const Error&) {
    return false;
  }
}

inline std::optional<Block> Generator::block(int from, int length) {
  Block inside;
  Block* const before = std::exchange(block_, &inside);
  const std::size_t values = trial_.values.size();
  ++depth_;
  for (int i = 0; i < 10 && inside.empty(); ++i) add_unary(*this, "", from);
  for (int i = 0; i < 4 * length && !inside.empty() && static_cast<int>(inside.size()) < length; ++i)
    add_any(*this);
  --depth_;
  block_ = before;
  trial_.values.resize(values);
  if (inside.empty()) return {};
  return inside;
}

inline void Generator::add_argument(DType dtype, const Shape& shape) {
  const int way = chance(0.3) ? 1 + below(3) : 0;
  for (auto& call : source_.arguments) call.push_back(odd_value(dtype, shape, way, random_()));
  const Tensor& x = source_.arguments[0].back();
  source_.heads.push_back(fmt::format("v{} = argument {} strides {}", trial_.values.size(), str(x.layout()),
                                      str(x.layout().strides)));
  trial_.values.push_back(x);
}
inline void Generator::add_cell(DType dtype, const Shape& shape) {
  source_.cells.push_back([=, seed = random_()] { return random_value(dtype, shape, seed); });
  const auto cell = std::make_shared<Cell>(Cell{source_.cells.back()()});
  source_.heads.push_back(fmt::format("cell{} = {}", trial_.cells.size(), str(cell->value.layout())));
  trial_.cells.push_back(cell);
}

inline void Generator::choose_results() {
  const int values = static_cast<int>(trial_.values.size());
  for (int i = 1 + below(5); i > 0; --i) source_.results.push_back(std::max(below(values), below(values)));
  source_.results.push_back(values - 1);
  source_.holds = chance(0.5);
}

inline Source Generator::make() {
  static constexpr std::int64_t lengths[] = {0, 1, 1, 2, 3, 3, 4, 5, 7, 8, 17};
  lengths_ = {1, any(lengths), any(lengths), any(lengths)};
  if (chance(0.05)) lengths_.push_back(67);
  if (chance(0.15)) {  // an image and a kernel
    const std::int64_t channels = 1 + below(4), side = 3 + below(4), n = 1 + below(3), out = 1 + below(5);
    lengths_ = {1, n, side, channels, 3};
    add_argument(float32, {n, side, side + below(2), channels});
    add_argument(float32, {1 + below(3), 1 + below(3), channels, out});
  }
  for (int i = 1 + below(3); i > 0; --i) add_argument(dtype(), shape());
  if (chance(0.7)) add_argument(uint32, {2});
  for (int i = below(3); i > 0; --i) add_cell(dtype(), shape());
  if (chance(0.3)) add_cell(uint32, {2});
  const int wanted = 4 + below(30);
  for (int i = 0; i < 4 * wanted && static_cast<int>(source_.body.size()) < wanted; ++i) add_any(*this);
  choose_results();
  return std::move(source_);
}

}  // namespace ramie::programs
