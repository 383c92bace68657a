#include <ramie/nn/recurrent.h>

#include <gtest/gtest.h>

#include <ramie/tensor/random.h>

#include "nn/layer_cases.h"

namespace ramie::nn {
namespace {

constexpr double last_bits = 1e-6;

template <class Cell>
Cell cell_of(DType t, Rngs& rngs) {
  return Cell(3, 2, {.param_dtype = t}, rngs);
}

// The new carry and the output, side by side.
Tensor step(const SimpleCell& m, const Inputs& x) {
  const auto [carry, y] = m(x[1], x[0]);
  return concatenate({carry, y}, -1);
}
Tensor step(const GRUCell& m, const Inputs& x) {
  const auto [carry, y] = m(x[1], x[0]);
  return concatenate({carry, y}, -1);
}
template <class Cell>
Tensor step(const Cell& m, const Inputs& x) {
  const auto [carry, y] = m({x[1], x[2]}, x[0]);
  return concatenate({carry.first, carry.second, y}, -1);
}

template <class Cell>
Check cell(std::function<Cell(DType, Rngs&)> make = cell_of<Cell>) {
  return check<Cell>(
      std::move(make), [](Cell& m, const Inputs& x) { return step(m, x); }, last_bits);
}

template <class Cell>
Check rnn(
    const RNNOptions& o = {}, Call<RNN<Cell>> call = [](RNN<Cell>& m, const Inputs& x) { return m(x[0]); }) {
  return check<RNN<Cell>>([=](DType t, Rngs& rngs) { return RNN<Cell>(cell_of<Cell>(t, rngs), o); },
                          std::move(call), last_bits);
}

Tensor joined(const Tensor& y, const auto& carry) {
  std::vector<Tensor> all = {flatten(y)};
  for (auto& c : ramie::detail::tensors_of(carry)) all.push_back(flatten(c));
  return concatenate(all, 0);
}
template <class M>
Tensor with_carry(M& m, const Inputs& x) {
  const auto [carry, y] = m.with_carry(x[0], {.seq_lengths = x.size() > 1 ? x[1] : Tensor()});
  return joined(y, carry);
}

using Both = Bidirectional<RNN<GRUCell>, RNN<LSTMCell>>;
Check both(Call<Both> call) {
  return check<Both>(
      [](DType t, Rngs& rngs) {
        RNN<GRUCell> there(cell_of<GRUCell>(t, rngs));
        return Both(there, RNN<LSTMCell>(cell_of<LSTMCell>(t, rngs)));
      },
      std::move(call), last_bits);
}

TEST(Recurrent, IsFlaxs) {
  const std::function<SimpleCell(DType, Rngs&)> residual = [](DType t, Rngs& rngs) {
    return SimpleCell(3, 2, {.param_dtype = t, .residual = true, .activation_fn = relu}, rngs);
  };
  const auto with_lengths = [](RNN<GRUCell>& m, const Inputs& x) { return m(x[0], {.seq_lengths = x[1]}); };
  check_cases(
      "nn/recurrent.json",
      {
          {"simple", cell<SimpleCell>()},
          {"simple residual", cell<SimpleCell>(residual)},
          {"lstm", cell<LSTMCell>()},
          {"optimized_lstm", cell<OptimizedLSTMCell>()},
          {"gru", cell<GRUCell>()},
          {"rnn simple", rnn<SimpleCell>()},
          {"rnn lstm carry", rnn<LSTMCell>({}, with_carry<RNN<LSTMCell>>)},
          {"rnn lstm lengths", rnn<LSTMCell>({}, with_carry<RNN<LSTMCell>>)},
          {"rnn gru time_major", rnn<GRUCell>({.time_major = true})},
          {"rnn gru reverse", rnn<GRUCell>({.reverse = true})},
          {"rnn gru keep_order", rnn<GRUCell>({.reverse = true, .keep_order = true}, with_lengths)},
          {"rnn gru no batch", rnn<GRUCell>()},
          {"rnn gru from",
           rnn<GRUCell>({}, [](auto& m, const Inputs& x) { return m(x[0], {.initial_carry = x[1]}); })},
          {"rnn bare", rnn<OptimizedLSTMCell>()},
          {"bidirectional", both([](Both& m, const Inputs& x) { return m(x[0]); })},
          {"bidirectional lengths", both(with_carry<Both>)},
      });
}

// The keys of a carry come from the module's stream, two for the LSTM's.
TEST(Recurrent, CarriesAreDrawn) {
  Rngs rngs(0);
  RNN own(LSTMCell(3, 2, rngs));
  own(ramie::ones({4, 5, 3}));
  EXPECT_EQ(own.rngs.count.value().item(), 2);
  RngStream stream("carry", random::key(7));
  const auto [c, h] = own.cell.initialize_carry({4, 3}, stream, initializers::normal(1));
  EXPECT_EQ(c.shape(), Shape({4, 2}));
  EXPECT_GT(relative_error(c.to_vector<double>(), h.to_vector<double>()), 1e-3);
  Rngs named{{"carry", 1}};
  EXPECT_EQ(RNN(GRUCell(3, 2, rngs), {}, named).rngs.tag, "carry");
}

TEST(Recurrent, AnErrorNamesTheShape) {
  Rngs rngs(0);
  RNN rnn(GRUCell(3, 2, rngs));
  EXPECT_EQ(error_of([&] { rnn(ramie::ones({3})); }),
            "[RNN] the input is float32[3], but it needs an axis of time and one of features: [batch..., T, "
            "features].");
  EXPECT_EQ(error_of([&] {
              rnn(ramie::ones({2, 5, 4}));
            }),
            "[Linear] the input is float32[2,4], but its last axis must have in_features = 3 elements.");
}

}  // namespace
}  // namespace ramie::nn
