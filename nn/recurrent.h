// Recurrent networks: cells, and RNN, which runs one along sequences.
//
//   nn::RNN rnn(nn::LSTMCell(3, 64, rngs));
//   Tensor y = rnn(x);                                  // float32[8,100,3] -> float32[8,100,64]
//   auto [carry, z] = rnn.with_carry(x, {.seq_lengths = lengths});      // each sequence's last state
//   nn::Bidirectional both(nn::RNN(nn::GRUCell(3, 64, rngs)), nn::RNN(nn::GRUCell(3, 64, rngs)));
//   Tensor w = both(x);                                 // float32[8,100,128]
//
// A cell maps (carry, x) to (carry, y): anything that does, and has Carry and initialize_carry, can be run.
//
// Source: flax.nnx.SimpleCell, LSTMCell, OptimizedLSTMCell, GRUCell, RNN, Bidirectional.
#pragma once

#include <optional>
#include <utility>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/shape_arrange.h>
#include <ramie/autograd/scan.h>
#include <ramie/nn/linear.h>

namespace ramie::nn {

using Activation = Tensor (*)(const Tensor&);

struct SimpleCellOptions {
  DType param_dtype = float32;
  bool residual = false;  // the carry is added before the activation
  Activation activation_fn = tanh;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer recurrent_kernel_init = initializers::orthogonal();
  Initializer bias_init = initializers::zeros();
};

// h' = tanh(W x + b + U h)
struct SimpleCell : Module<SimpleCell> {
  using Carry = Tensor;
  Linear dense_h, dense_i;
  std::int64_t in_features, hidden_features;
  bool residual;
  Activation activation_fn;

  SimpleCell(std::int64_t in_features, std::int64_t hidden_features, const SimpleCellOptions& options,
             Rngs& rngs);
  SimpleCell(std::int64_t in_features, std::int64_t hidden_features, Rngs& rngs)
      : SimpleCell(in_features, hidden_features, SimpleCellOptions(), rngs) {}
  std::pair<Carry, Tensor> operator()(const Carry& carry, const Tensor& x) const;
  // For inputs [batch..., in_features]: [batch..., hidden_features].
  Carry initialize_carry(const Shape& input_shape, RngStream& rngs,
                         const Initializer& carry_init = initializers::zeros()) const;
  using fields = Fields<&SimpleCell::dense_h, &SimpleCell::dense_i, &SimpleCell::in_features,
                        &SimpleCell::hidden_features, &SimpleCell::residual, &SimpleCell::activation_fn>;
};

struct GatedCellOptions {
  Activation gate_fn = sigmoid, activation_fn = tanh;
  Initializer kernel_init = initializers::lecun_normal();
  Initializer recurrent_kernel_init = initializers::orthogonal();
  Initializer bias_init = initializers::zeros();
  DType param_dtype = float32;
};

// c' = f c + i g, h' = o tanh(c'): Hochreiter and Schmidhuber, 1997. The carry is (c, h).
struct LSTMCell : Module<LSTMCell> {
  using Carry = std::pair<Tensor, Tensor>;
  Linear ii, if_, ig, io, hi, hf, hg, ho;
  std::int64_t in_features, hidden_features;
  Activation gate_fn, activation_fn;

  LSTMCell(std::int64_t in_features, std::int64_t hidden_features, const GatedCellOptions& options,
           Rngs& rngs);
  LSTMCell(std::int64_t in_features, std::int64_t hidden_features, Rngs& rngs)
      : LSTMCell(in_features, hidden_features, GatedCellOptions(), rngs) {}
  std::pair<Carry, Tensor> operator()(const Carry& carry, const Tensor& x) const;
  Carry initialize_carry(const Shape& input_shape, RngStream& rngs,
                         const Initializer& carry_init = initializers::zeros()) const;
  using fields = Fields<&LSTMCell::ii, &LSTMCell::if_, &LSTMCell::ig, &LSTMCell::io, &LSTMCell::hi,
                        &LSTMCell::hf, &LSTMCell::hg, &LSTMCell::ho, &LSTMCell::in_features,
                        &LSTMCell::hidden_features, &LSTMCell::gate_fn, &LSTMCell::activation_fn>;
};

// The same with two products instead of eight: i, f, g and o stand side by side.
struct OptimizedLSTMCell : Module<OptimizedLSTMCell> {
  using Carry = std::pair<Tensor, Tensor>;
  Linear dense_i, dense_h;
  std::int64_t in_features, hidden_features;
  Activation gate_fn, activation_fn;

  OptimizedLSTMCell(std::int64_t in_features, std::int64_t hidden_features, const GatedCellOptions& options,
                    Rngs& rngs);
  OptimizedLSTMCell(std::int64_t in_features, std::int64_t hidden_features, Rngs& rngs)
      : OptimizedLSTMCell(in_features, hidden_features, GatedCellOptions(), rngs) {}
  std::pair<Carry, Tensor> operator()(const Carry& carry, const Tensor& x) const;
  Carry initialize_carry(const Shape& input_shape, RngStream& rngs,
                         const Initializer& carry_init = initializers::zeros()) const;
  using fields = Fields<&OptimizedLSTMCell::dense_i, &OptimizedLSTMCell::dense_h,
                        &OptimizedLSTMCell::in_features, &OptimizedLSTMCell::hidden_features,
                        &OptimizedLSTMCell::gate_fn, &OptimizedLSTMCell::activation_fn>;
};

// h' = (1 - z) n + z h: Cho et al., 2014, with the reset gate behind the product, as cuDNN.
struct GRUCell : Module<GRUCell> {
  using Carry = Tensor;
  Linear dense_i, dense_h;
  std::int64_t in_features, hidden_features;
  Activation gate_fn, activation_fn;

  GRUCell(std::int64_t in_features, std::int64_t hidden_features, const GatedCellOptions& options,
          Rngs& rngs);
  GRUCell(std::int64_t in_features, std::int64_t hidden_features, Rngs& rngs)
      : GRUCell(in_features, hidden_features, GatedCellOptions(), rngs) {}
  std::pair<Carry, Tensor> operator()(const Carry& carry, const Tensor& x) const;
  Carry initialize_carry(const Shape& input_shape, RngStream& rngs,
                         const Initializer& carry_init = initializers::zeros()) const;
  using fields = Fields<&GRUCell::dense_i, &GRUCell::dense_h, &GRUCell::in_features,
                        &GRUCell::hidden_features, &GRUCell::gate_fn, &GRUCell::activation_fn>;
};

namespace detail {

RngStream carry_stream();  // Flax's for an RNN without one
int time_axis(const Tensor& x, bool time_major);
// Each sequence backwards, up to its length; what lies behind comes first then, as in Flax.
Tensor flip_sequences(const Tensor& x, const Tensor& seq_lengths, int axis);
// Of states [T, batch..., H] those at each sequence's end.
Tensor at_ends(const Tensor& states, const Tensor& seq_lengths);
Tensor side_by_side(const Tensor& a, const Tensor& b);

}  // namespace detail

struct RNNOptions {
  bool time_major = false;  // x is [T, batch..., features]
  bool reverse = false;     // from the last element to the first
  bool keep_order = false;  // reversed outputs go back to their inputs' places
};

template <class Carry>
struct RNNCall {
  std::optional<Carry> initial_carry = {};
  Tensor seq_lengths = {};                                             // integers [batch...]
  std::optional<bool> time_major = {}, reverse = {}, keep_order = {};  // instead of the module's
  RngStream* rngs = nullptr;
};

// x [batch..., T, features] -> [batch..., T, hidden]
template <class Cell>
struct RNN : Module<RNN<Cell>> {
  using Carry = typename Cell::Carry;
  Cell cell;
  RngStream rngs;  // for initial carries
  bool time_major, reverse, keep_order;

  explicit RNN(Cell c, const RNNOptions& o = {}) : RNN(std::move(c), o, detail::carry_stream()) {}
  RNN(Cell c, const RNNOptions& o, Rngs& streams) : RNN(std::move(c), o, streams["carry"].fork()) {}

  Tensor operator()(const Tensor& x, const RNNCall<Carry>& options = {}) {
    return this->call(x, [&](const Tensor& x) { return run(x, options, false).second; });
  }
  // (the carry after the last element, or each sequence's; the outputs)
  std::pair<Carry, Tensor> with_carry(const Tensor& x, const RNNCall<Carry>& options = {}) {
    return this->call(x, [&](const Tensor& x) { return run(x, options, true); });
  }
  using fields = Fields<&RNN::cell, &RNN::rngs, &RNN::time_major, &RNN::reverse, &RNN::keep_order>;

 private:
  RNN(Cell c, const RNNOptions& o, RngStream stream)
      : cell(std::move(c)),
        rngs(std::move(stream)),
        time_major(o.time_major),
        reverse(o.reverse),
        keep_order(o.keep_order) {}

  std::pair<Carry, Tensor> run(const Tensor& x, const RNNCall<Carry>& call, bool wants_carry) {
    const int axis = detail::time_axis(x, call.time_major.value_or(time_major));
    const bool backwards = call.reverse.value_or(reverse);
    const Tensor in = backwards ? detail::flip_sequences(x, call.seq_lengths, axis) : x;
    auto [carry, stacked] =
        along(moveaxis(in, axis, 0), first_carry(x, axis, call), wants_carry ? call.seq_lengths : Tensor());
    Tensor y = moveaxis(stacked, 0, axis);
    if (backwards && call.keep_order.value_or(keep_order))
      y = detail::flip_sequences(y, call.seq_lengths, axis);
    return {std::move(carry), std::move(y)};
  }
  Carry first_carry(const Tensor& x, int axis, const RNNCall<Carry>& call) {
    if (call.initial_carry) return *call.initial_carry;
    Shape step = x.shape();
    step.erase(axis);
    return cell.initialize_carry(step, call.rngs ? *call.rngs : rngs);
  }
  std::pair<Carry, Tensor> along(const Tensor& xs, Carry first, const Tensor& lengths) {
    if (!lengths) return scan(cell, std::move(first), xs);
    const auto keeping = [&](const Carry& carry, const Tensor& x) {
      auto [next, y] = cell(carry, x);
      return std::pair(next, std::pair(next, y));
    };
    std::pair<Carry, Tensor> all = scan(keeping, std::move(first), xs).second;
    const auto to_end = [&](Tensor& states) { states = detail::at_ends(states, lengths); };
    ramie::detail::each_tensor(all.first, to_end);
    return all;
  }
};

struct BidirectionalOptions {
  Tensor (*merge_fn)(const Tensor& forward, const Tensor& backward) = detail::side_by_side;
  bool time_major = false;
};

// One RNN forwards and one backwards, whose outputs are joined at each element.
template <class Forward, class Backward>
struct Bidirectional : Module<Bidirectional<Forward, Backward>> {
  using Carry = std::pair<typename Forward::Carry, typename Backward::Carry>;
  Forward forward_rnn;
  Backward backward_rnn;
  RngStream rngs;
  Tensor (*merge_fn)(const Tensor&, const Tensor&);
  bool time_major;

  Bidirectional(Forward f, Backward b, const BidirectionalOptions& o = {})
      : forward_rnn(std::move(f)),
        backward_rnn(std::move(b)),
        rngs(detail::carry_stream()),
        merge_fn(o.merge_fn),
        time_major(o.time_major) {}

  Tensor operator()(const Tensor& x, const RNNCall<Carry>& options = {}) {
    return with_carry(x, options).second;
  }
  std::pair<Carry, Tensor> with_carry(const Tensor& x, const RNNCall<Carry>& options = {}) {
    return this->call(x, [&](const Tensor& x) { return run(x, options); });
  }
  using fields = Fields<&Bidirectional::forward_rnn, &Bidirectional::backward_rnn, &Bidirectional::rngs,
                        &Bidirectional::merge_fn, &Bidirectional::time_major>;

 private:
  std::pair<Carry, Tensor> run(const Tensor& x, const RNNCall<Carry>& call) {
    RNNCall<typename Forward::Carry> there = given_to<typename Forward::Carry>(call);
    RNNCall<typename Backward::Carry> back = given_to<typename Backward::Carry>(call);
    if (call.initial_carry) {
      there.initial_carry = call.initial_carry->first;
      back.initial_carry = call.initial_carry->second;
    }
    there.reverse = false;
    back.reverse = back.keep_order = true;
    auto [carry_forward, forward] = forward_rnn.with_carry(x, there);
    auto [carry_backward, backward] = backward_rnn.with_carry(x, back);
    return {Carry(std::move(carry_forward), std::move(carry_backward)), merge_fn(forward, backward)};
  }
  template <class One>
  RNNCall<One> given_to(const RNNCall<Carry>& call) {
    return {.seq_lengths = call.seq_lengths,
            .time_major = call.time_major.value_or(time_major),
            .rngs = call.rngs ? call.rngs : &rngs};
  }
};

}  // namespace ramie::nn
