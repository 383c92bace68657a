// Elementwise ops beside plain loops, in the nearest cache and in memory, and the same over broadcast rows,
// other dtypes and transposes; "bytes" is what is read and written.
//
//   bench elementwise_
#include <cmath>

#include "measure.h"

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;

void sizes(benchmark::internal::Benchmark* b) { b->ArgName("n")->Arg(4096)->Arg(1 << 24); }
Tensor input(const benchmark::State& state, std::uint32_t key = 0) {
  return random::normal(random::key(key), {state.range(0)});
}
template <class F>
void time_op(benchmark::State& state, double bytes_each, std::int64_t n, const F& f) {
  measure(state, f, {.bytes = bytes_each * static_cast<double>(n)});
}

// ---- plain loops ------------------------------------------------------------------------------------------

template <class F>
void time_loop(benchmark::State& state, const F& f) {
  const DeviceScope on(cpu());
  const auto x = input(state).to_vector<float>();
  std::vector<float> y(x.size());
  time_op(state, 8, state.range(0), [&] {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = f(x[i]);
    return y.data();
  });
}
void naive_relu(benchmark::State& s) {
  time_loop(s, [](float x) { return x > 0 ? x : 0; });
}
void naive_exp(benchmark::State& s) {
  time_loop(s, [](float x) { return std::exp(x); });
}
void naive_tanh(benchmark::State& s) {
  time_loop(s, [](float x) { return std::tanh(x); });
}
void naive_gelu(benchmark::State& s) {
  time_loop(s, [](float x) { return x / 2 * (1 + std::tanh(0.79788456f * (x + 0.044715f * x * x * x))); });
}

// ---- ops --------------------------------------------------------------------------------------------------

using Unary = Tensor (*)(const Tensor&);
template <Unary f>
void unary(benchmark::State& s) {
  const Tensor x = abs(input(s));
  time_op(s, 8, x.size(), [&] { return f(x); });
}
void add_tensors(benchmark::State& s) {
  const Tensor x = input(s), y = input(s, 1);
  time_op(s, 12, x.size(), [&] { return x + y; });
}
void add_number(benchmark::State& s) {
  const Tensor x = input(s);
  time_op(s, 8, x.size(), [&] { return x + 1.5; });
}
void compare(benchmark::State& s) {
  const Tensor x = input(s);
  time_op(s, 5, x.size(), [&] { return x > 0; });
}
void choose(benchmark::State& s) {
  const Tensor x = input(s), y = input(s, 1), mask = x > y;
  time_op(s, 13, x.size(), [&] { return where(mask, x, y); });
}
Tensor gelu_of(const Tensor& x) { return gelu(x); }

// A bias, and a factor for each row; the rows have the given length.
void add_row(benchmark::State& s) {
  const std::int64_t columns = s.range(0), rows = (1 << 20) / columns;
  const Tensor x = random::normal(random::key(0), {rows, columns});
  const Tensor row = random::normal(random::key(1), {columns});
  time_op(s, 8, x.size(), [&] { return x + row; });
}
void multiply_column(benchmark::State& s) {
  const std::int64_t columns = s.range(0), rows = (1 << 20) / columns;
  const Tensor x = random::normal(random::key(0), {rows, columns});
  const Tensor column = random::normal(random::key(1), {rows, 1});
  time_op(s, 8, x.size(), [&] { return x * column; });
}
void add_bfloat16(benchmark::State& s) {
  const Tensor x = input(s).astype(bfloat16);
  time_op(s, 6, x.size(), [&] { return x + x; });
}
void cast_to_float16(benchmark::State& s) {
  const Tensor x = input(s);
  time_op(s, 6, x.size(), [&] { return x.astype(float16); });
}
void transpose_copy(benchmark::State& s) {
  const Tensor x = random::normal(random::key(0), {s.range(0), s.range(0)}).transpose();
  time_op(s, 8, x.size(), [&] { return contiguous(x); });
}

const bool registered = [] {
  const auto add = [](const char* name, void (*f)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name, f)->UseManualTime();
  };
  const std::pair<const char*, void (*)(benchmark::State&)> by_size[] = {
      {"elementwise_relu_naive", naive_relu},
      {"elementwise_relu", unary<relu>},
      {"elementwise_exp_naive", naive_exp},
      {"elementwise_exp", unary<exp>},
      {"elementwise_log", unary<log>},
      {"elementwise_sin", unary<sin>},
      {"elementwise_tanh_naive", naive_tanh},
      {"elementwise_tanh", unary<tanh>},
      {"elementwise_gelu_naive", naive_gelu},
      {"elementwise_gelu", unary<gelu_of>},
      {"elementwise_erf", unary<erf>},
      {"elementwise_erfc", unary<erfc>},
      {"elementwise_tan", unary<tan>},
      {"elementwise_atan", unary<atan>},
      {"elementwise_sinh", unary<sinh>},
      {"elementwise_exp2", unary<exp2>},
      {"elementwise_cbrt", unary<cbrt>},
      {"elementwise_lgamma", unary<lgamma>},
      {"elementwise_digamma", unary<digamma>},
      {"elementwise_sigmoid", unary<sigmoid>},
      {"elementwise_add", add_tensors},
      {"elementwise_add_number", add_number},
      {"elementwise_compare", compare},
      {"elementwise_where", choose},
      {"elementwise_add_bfloat16", add_bfloat16},
      {"elementwise_cast_float16", cast_to_float16}};
  for (const auto& [name, f] : by_size) add(name, f)->Apply(sizes);
  for (std::int64_t columns : {10, 64, 1024}) {
    add("elementwise_add_row", add_row)->ArgName("columns")->Arg(columns);
    add("elementwise_multiply_column", multiply_column)->ArgName("columns")->Arg(columns);
  }
  for (std::int64_t n : {64, 1000, 2048}) add("elementwise_transpose", transpose_copy)->ArgName("n")->Arg(n);
  return true;
}();

}  // namespace
