// The update of all parameters in one pass over memory: a chain of elementwise stages, all of them run on
// some vectors in registers. For every parameter p with gradient g and state s (Adam's moments, say)
//
//   u = g;   u, s = stage(u, p, s) for each stage;   p = p + u
//
// Denormal numbers are flushed to zero meanwhile: the moments of dead units would slow the CPU's step down.
#pragma once

#include <array>
#include <vector>

#include <ramie/tensor/launch.h>

namespace ramie::kernels {

// A stage is plain data: which it is, its constants, and how many states and scalars it has. Its formula, the
// same on all devices, is in update_formulas-inl.h.
struct Stage {
  enum class Kind : std::uint8_t {
    scale,
    scale_by_scalar,
    clip_by_norm,
    clip,
    sign,
    zero,
    trace,
    ema,
    apply_every,
    adam,
    nadam,
    radam,
    amsgrad,
    adamax,
    belief,
    yogi,
    rms,
    stddev,
    rss,
    adadelta,
    lion,
    add_decayed_weights
  };
  static constexpr int max_constants = 6, max_states = 3;

  Kind kind;
  // The scalars live in tensors, as a learning rate may: the stage's own one, if it has one, then the first
  // `given` constants, which take the place of those below.
  int states = 0, scalars = 0, given = 0;
  double constants[max_constants] = {};
  bool operator==(const Stage&) const = default;
};
namespace stage {
Stage scale(double by);               // u * by
Stage scale_by_scalar(double sign);   // u * sign * scalar
Stage clip_by_norm(double max_norm);  // the scalar is the norm: u * (max_norm / norm), if it is larger
Stage clip(double max_delta);         // into [-max_delta, max_delta]
Stage sign();
Stage zero();                              // of NaN too
Stage trace(double decay, bool nesterov);  // states: trace

// Those with a step (from 1 on) have it as their scalar.
Stage ema(double decay, bool debias, bool nesterov);             // states: ema; step
Stage apply_every(int k);                                        // states: sum; scalar: the calls so far
Stage adam(double b1, double b2, double eps, double eps_root);   // states: mu, nu; step
Stage nadam(double b1, double b2, double eps, double eps_root);  // the same
Stage radam(double b1, double b2, double eps, double eps_root, double threshold, bool nesterov);
Stage amsgrad(double b1, double b2, double eps, double eps_root, bool correct_mu,
              bool correct_nu);                  // states: mu, nu, nu_max; step
Stage adamax(double b1, double b2, double eps);  // states: mu, nu; step
Stage belief(double b1, double b2, double eps, double eps_root, bool nesterov);  // states: mu, nu; step
Stage yogi(double b1, double b2, double eps, double eps_root);                   // the same
Stage rms(double decay, double eps, bool eps_in_sqrt, bool bias_correction);     // states: nu; step
Stage stddev(double decay, double eps, bool eps_in_sqrt, bool bias_correction);  // states: mu, nu; step
Stage rss(double eps);                                                           // states: sum_of_squares
Stage adadelta(double rho, double eps);                                          // states: e_g, e_x
Stage lion(double b1, double b2);                                                // states: mu
Stage add_decayed_weights(double weight_decay);                                  // u + weight_decay * p
}  // namespace stage

inline constexpr int max_stages = 16, max_states = 8, max_scalars = 16;  // of one update

// The stages as they run in one launch, on elements that are computed as T.
template <class T>
struct UpdateChain {
  struct Link {
    Stage::Kind kind;
    T numbers[10];  // the formula's: constants, and what it makes of the scalars
  };
  int length = 0;
  bool apply = false;
  Link links[max_stages];
};
// n elements of one parameter. The states are those of all stages in order; results may lie over inputs.
template <class T>
struct Piece {
  std::int64_t n;
  const T *gradient, *param;
  T* result;
  const T* const* before;
  T* const* after;
  std::uint32_t skipped = 0;  // a bit for each stage that it leaves out
};
template <class T>
UpdateChain<T> chain_of(const std::vector<Stage>& stages, const double* scalars, bool apply);
void run_chain(const UpdateChain<float>& chain, const Piece<float>& piece);  // on the CPU
void run_chain(const UpdateChain<double>& chain, const Piece<double>& piece);

// Inputs: the scalars of all stages in order (one number of float32, float64 or int32 each), then for each
// parameter g, p and the states of all stages. Outputs for each parameter: p + u (or u alone), and the new
// states. A parameter, its gradient and its states are dense and alike in shape and dtype: float32, float64,
// or a half type, which computes in float32.
struct Update {
  static constexpr const char* name = "update";
  bool operator==(const Update&) const = default;
  std::vector<Stage> stages;
  std::size_t parameters;
  bool apply = true;
  // A bit for each stage that a parameter leaves out, which has no states; nothing where all take all.
  std::vector<std::uint32_t> skipped = {};

  int states() const;
  int scalars() const;
  std::uint32_t skipped_by(std::size_t parameter) const { return skipped.empty() ? 0 : skipped[parameter]; }
  std::vector<Layout> outputs(std::span<const Tensor> x) const;
  std::vector<int> donors(std::size_t inputs) const;
  std::size_t workspace(std::span<const Tensor> x) const;
  void run(Cpu cpu, const View* y, const View* x) const noexcept;
  void run(Cuda cuda, const View* y, const View* x) const;  // one launch for some forty parameters

 private:
  void check_inputs(std::span<const Tensor> x) const;
  void check_skipped() const;
};

}  // namespace ramie::kernels
