#include <ramie/nn/recurrent.h>

#include <fmt/format.h>

#include <ramie/autograd/ops/index.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn {
namespace {

// Of an input, and of a carry; Options are those of a cell.
template <class Options>
Linear of_input(std::int64_t in, std::int64_t out, bool use_bias, const Options& o, Rngs& rngs) {
  return Linear(in, out,
                {.use_bias = use_bias,
                 .param_dtype = o.param_dtype,
                 .kernel_init = o.kernel_init,
                 .bias_init = o.bias_init},
                rngs);
}
template <class Options>
Linear of_carry(std::int64_t in, std::int64_t out, bool use_bias, const Options& o, Rngs& rngs) {
  return Linear(in, out,
                {.use_bias = use_bias,
                 .param_dtype = o.param_dtype,
                 .kernel_init = o.recurrent_kernel_init,
                 .bias_init = o.bias_init},
                rngs);
}

Tensor drawn_carry(Shape shape, const Linear& of_hidden, RngStream& rngs, const Initializer& init) {
  shape[-1] = of_hidden.in_features;
  const Tensor key = rngs();  // drawn where zeros do not need it, too, as in Flax
  return init(key, shape, of_hidden.kernel.dtype()).to(of_hidden.kernel.value().device());
}

// (c, h) and the output from the four gates before their activations.
template <class Cell>
std::pair<std::pair<Tensor, Tensor>, Tensor> gated(const Cell& cell, const Tensor& c, const Tensor& i,
                                                   const Tensor& f, const Tensor& g, const Tensor& o) {
  const Tensor next = cell.gate_fn(f) * c + cell.gate_fn(i) * cell.activation_fn(g);
  const Tensor h = cell.gate_fn(o) * cell.activation_fn(next);
  return {{next, h}, h};
}

}  // namespace

SimpleCell::SimpleCell(std::int64_t in, std::int64_t hidden, const SimpleCellOptions& o, Rngs& rngs)
    : dense_h(of_carry(hidden, hidden, false, o, rngs)),
      dense_i(of_input(in, hidden, true, o, rngs)),
      in_features(in),
      hidden_features(hidden),
      residual(o.residual),
      activation_fn(o.activation_fn) {}

std::pair<Tensor, Tensor> SimpleCell::operator()(const Tensor& carry, const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const Tensor sum = dense_i(x) + dense_h(carry), y = activation_fn(residual ? sum + carry : sum);
    return std::pair(y, y);
  });
}
Tensor SimpleCell::initialize_carry(const Shape& shape, RngStream& rngs, const Initializer& init) const {
  return drawn_carry(shape, dense_h, rngs, init);
}

LSTMCell::LSTMCell(std::int64_t in, std::int64_t hidden, const GatedCellOptions& o, Rngs& rngs)
    : ii(of_input(in, hidden, false, o, rngs)),
      if_(of_input(in, hidden, false, o, rngs)),
      ig(of_input(in, hidden, false, o, rngs)),
      io(of_input(in, hidden, false, o, rngs)),
      hi(of_carry(hidden, hidden, true, o, rngs)),
      hf(of_carry(hidden, hidden, true, o, rngs)),
      hg(of_carry(hidden, hidden, true, o, rngs)),
      ho(of_carry(hidden, hidden, true, o, rngs)),
      in_features(in),
      hidden_features(hidden),
      gate_fn(o.gate_fn),
      activation_fn(o.activation_fn) {}

std::pair<LSTMCell::Carry, Tensor> LSTMCell::operator()(const Carry& carry, const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const auto& [c, h] = carry;
    return gated(*this, c, ii(x) + hi(h), if_(x) + hf(h), ig(x) + hg(h), io(x) + ho(h));
  });
}
LSTMCell::Carry LSTMCell::initialize_carry(const Shape& shape, RngStream& rngs,
                                           const Initializer& init) const {
  return {drawn_carry(shape, hi, rngs, init), drawn_carry(shape, hi, rngs, init)};
}

OptimizedLSTMCell::OptimizedLSTMCell(std::int64_t in, std::int64_t hidden, const GatedCellOptions& o,
                                     Rngs& rngs)
    : dense_i(of_input(in, 4 * hidden, false, o, rngs)),
      dense_h(of_carry(hidden, 4 * hidden, true, o, rngs)),
      in_features(in),
      hidden_features(hidden),
      gate_fn(o.gate_fn),
      activation_fn(o.activation_fn) {}

std::pair<OptimizedLSTMCell::Carry, Tensor> OptimizedLSTMCell::operator()(const Carry& carry,
                                                                          const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const auto& [c, h] = carry;
    const auto gates = ramie::split(dense_i(x) + dense_h(h), 4, -1);
    return gated(*this, c, gates[0], gates[1], gates[2], gates[3]);
  });
}
OptimizedLSTMCell::Carry OptimizedLSTMCell::initialize_carry(const Shape& shape, RngStream& rngs,
                                                             const Initializer& init) const {
  return {drawn_carry(shape, dense_h, rngs, init), drawn_carry(shape, dense_h, rngs, init)};
}

GRUCell::GRUCell(std::int64_t in, std::int64_t hidden, const GatedCellOptions& o, Rngs& rngs)
    : dense_i(of_input(in, 3 * hidden, true, o, rngs)),
      dense_h(of_carry(hidden, 3 * hidden, false, o, rngs)),
      in_features(in),
      hidden_features(hidden),
      gate_fn(o.gate_fn),
      activation_fn(o.activation_fn) {}

std::pair<Tensor, Tensor> GRUCell::operator()(const Tensor& h, const Tensor& x) const {
  return call(x, [&](const Tensor& x) {
    const auto of_x = ramie::split(dense_i(x), 3, -1), of_h = ramie::split(dense_h(h), 3, -1);
    const Tensor r = gate_fn(of_x[0] + of_h[0]), z = gate_fn(of_x[1] + of_h[1]);
    const Tensor n = activation_fn(of_x[2] + r * of_h[2]);
    const Tensor y = (1 - z) * n + z * h;
    return std::pair(y, y);
  });
}
Tensor GRUCell::initialize_carry(const Shape& shape, RngStream& rngs, const Initializer& init) const {
  return drawn_carry(shape, dense_h, rngs, init);
}

namespace detail {

RngStream carry_stream() { return RngStream("carry", random::key(0)); }

int time_axis(const Tensor& x, bool time_major) {
  if (x.rank() < 2)
    fail("RNN", fmt::format("the input is {}, but it needs an axis of time and one of features: [batch..., "
                            "T, features].",
                            str(x.layout())));
  return time_major ? 0 : x.rank() - 2;
}

Tensor flip_sequences(const Tensor& x, const Tensor& seq_lengths, int axis) {
  if (!seq_lengths) return flip(x, {axis});
  const std::int64_t length = x.shape(axis);
  Shape along;
  for (int i = 0; i < x.rank() - 1; ++i) along.push_back(i == axis ? length : 1);
  const Tensor backwards = reshape(flip(arange(length).to(x.device())), along);
  const Tensor index = remainder(backwards + expand_dims(seq_lengths, axis), length);
  return take_along_axis(x, broadcast_to(expand_dims(index, -1), x.shape()), axis);
}

Tensor at_ends(const Tensor& states, const Tensor& seq_lengths) {
  Shape one = states.shape();
  one[0] = 1;
  const Tensor last = expand_dims(expand_dims(seq_lengths - 1, 0), -1);
  return squeeze(take_along_axis(states, broadcast_to(last, one), 0), {0});
}

Tensor side_by_side(const Tensor& a, const Tensor& b) { return concatenate({a, b}, -1); }

}  // namespace detail
}  // namespace ramie::nn
