#include <ramie/optim/wrappers.h>

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/ops/shape.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/transforms.h>
#include <ramie/optim/optimizer.h>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

// optax's own numbers: tests/optim/optax_test.cpp.

Mask only(const std::string& name) {
  return [name](std::string_view path, const Tensor&) { return path == name; };
}
std::string by_path(std::string_view path, const Tensor&) { return std::string(path); }

TEST(Masked, KeepsTheStateOfItsParametersAlone) {
  EXPECT_EQ(paths(masked(trace(0.9), only("w")).init(params())), "0.0.trace.w");
  EXPECT_EQ(paths(masked(trace(0.9), {}).init(params())), "0.trace.b 0.trace.w");
}

// Element by element and without states, it joins the one pass over memory.
TEST(Masked, WeightDecayIsFused) {
  const auto tx = adamw({.learning_rate = 0.1, .weight_decay = 0.5, .mask = only("w")});
  for (auto& part : tx.parts()) EXPECT_TRUE(std::holds_alternative<Elementwise>(part));
  for (DType dtype : {float64, float16}) {
    const auto plain = adamw({.learning_rate = 0.1, .weight_decay = 0}),
               decayed = adamw({.learning_rate = 0.1, .weight_decay = 0.5});
    State p = params(dtype), q = p, r = p, s = tx.init(p), t = s, u = s;
    for (std::size_t step = 0; step < 3; ++step) {
      tx.apply(grads(step, dtype), s, p);
      plain.apply(grads(step, dtype), t, q);
      decayed.apply(grads(step, dtype), u, r);
    }
    expect_equal({{"b", p.at("b")}, {"w", p.at("w")}}, {{"b", q.at("b")}, {"w", r.at("w")}});
  }
  EXPECT_EQ(inject_hyperparams(tx).init(params()).at("1.weight_decay").item(), 0.5);
}

TEST(Freeze, StopsNaNsToo) {
  const auto tx = chain(sgd({.learning_rate = 0.1}), freeze(only("w")));
  State p = params(), s = tx.init(p), g = grads(0);
  const State before = p;
  g[1].second = g[1].second * std::nan("");
  tx.apply(g, s, p);
  EXPECT_EQ(p.at("w").to_vector<double>(), before.at("w").to_vector<double>());
  EXPECT_NE(p.at("b").to_vector<double>(), before.at("b").to_vector<double>());
}

TEST(MultiTransform, PathsCarryTheGroup) {
  const auto tx = multi_transform({{"b", trace(0.9)}, {"w", scale_by_adam()}}, by_path);
  EXPECT_EQ(paths(tx.init(params())), "0.b.0.trace.b 0.w.0.count 0.w.0.mu.w 0.w.0.nu.w");
}

TEST(MultiTransform, ErrorsNameTheGroup) {
  EXPECT_EQ(error_of([] {
              multi_transform({{"b", trace(0.9)}, {"v", trace(0.9)}}, by_path).init(params());
            }),
            "[multi_transform] the parameter 'w' is labelled 'w', but there are only 'b', 'v'.");
  EXPECT_EQ(error_of([] {
              multi_transform({{"a.b", trace(0.9)}}, by_path);
            }),
            "[multi_transform] a group is called 'a.b': names have no dots, and some letters.");
}

TEST(Wrappers, ErrorsTellTheLimits) {
  EXPECT_EQ(error_of([] { clip(-1); }), "[clip] the largest value is -1: it must be at least 0.");
  EXPECT_EQ(error_of([] { apply_every(0); }), "[apply_every] k is 0: it must be at least 1.");
  EXPECT_EQ(error_of([] { lookahead(identity(), {.sync_period = 0}); }),
            "[lookahead] sync_period is 0: it must be at least 1.");
  EXPECT_EQ(error_of([] { sam(identity(), identity(), {.sync_period = 0}); }),
            "[sam] sync_period is 0: it must be at least 1.");
  EXPECT_EQ(error_of([] { lbfgs({.memory_size = 0}); }),
            "[scale_by_lbfgs] memory_size is 0: it must be at least 1.");
  EXPECT_EQ(error_of([] { clip_by_block_rms(0); }),
            "[clip_by_block_rms] the threshold is 0: it must be positive.");
  EXPECT_EQ(error_of([] { adaptive_grad_clip(0); }),
            "[adaptive_grad_clip] clipping is 0: it must be positive.");
  EXPECT_EQ(error_of([] { scale_by_zoom_linesearch({.max_linesearch_steps = 0}); }),
            "[scale_by_zoom_linesearch] 0 steps at most: it must be at least 1.");
  EXPECT_EQ(error_of([] { reduce_on_plateau({.factor = 1}); }),
            "[reduce_on_plateau] the factor is 1: it must be between 0 and 1.");
  EXPECT_EQ(error_of([] {
              piecewise_constant_schedule(1, {{3, -1.0}});
            }),
            "[piecewise_constant_schedule] the scale at step 3 is -1: it must not be negative.");
  EXPECT_EQ(error_of([] { sgdr_schedule({}); }), "[sgdr_schedule] no cycles: it needs at least one.");
  EXPECT_EQ(error_of([] {
              State s = scale_by_muon().init(params());
              scale_by_muon().update(params(), s, params());
            }),
            "[scale_by_muon] a parameter is float64[3]: it takes matrices alone. multi_transform leaves the "
            "others to another optimizer, as muon() does.");
}

TEST(ApplyIfFinite, GivesUpAfterSomeErrorsInARow) {
  const auto tx = apply_if_finite(trace(1), 2);
  const State p{{"w", tensor({1.0})}}, bad{{"w", tensor({std::nan("")})}};
  State s = tx.init(p);
  const auto run = [&](const State& g) { return tx.update(g, s, p)[0].second.item(); };
  EXPECT_EQ(run(p), 1);
  EXPECT_EQ(run(bad), 0);
  EXPECT_EQ(run(bad), 0);
  EXPECT_EQ(run(p), 2);
  EXPECT_EQ(s.at("0.notfinite_count").item(), 0);
  EXPECT_EQ(run(bad), 0);
  EXPECT_EQ(run(bad), 0);
  EXPECT_TRUE(std::isnan(run(bad)));
  EXPECT_EQ(s.at("0.total_notfinite").item(), 5);
  EXPECT_EQ(s.at("0.last_finite").item(), 0);
}

TEST(ReduceOnPlateau, AsksForTheValue) {
  const auto tx = reduce_on_plateau();
  State s = tx.init(params());
  const State before = s;
  EXPECT_EQ(error_of([&] { tx.update(params(), s, params()); }),
            "[reduce_on_plateau] it needs the loss, one number, and got none: optimizer.update(model, grads, "
            "{.value = loss}).");
  EXPECT_EQ(error_of([&] { tx.update(params(), s, params(), {ramie::zeros({2})}); }),
            "[reduce_on_plateau] it needs the loss, one number, and got float32[2]: optimizer.update(model, "
            "grads, {.value = loss}).");
  expect_equal(s, before);
}

TEST(Wrappers, AfterAnExceptionTheStateIsAsBefore) {
  const auto inner = chain(scale_by_adam(), reduce_on_plateau());  // which wants a value
  for (auto& tx : {masked(inner, only("w")), apply_if_finite(inner, 1), lookahead(inner), sam(inner, inner),
                   multi_transform({{"b", inner}, {"w", inner}}, by_path)}) {
    State s = tx.init(params());
    const State before = s;
    EXPECT_THROW(tx.update(grads(0), s, params()), Error);
    expect_equal(s, before);
  }
}

TEST(InjectHyperparams, ChangesNothingUntilASettingDoes) {
  const auto plain = chain(clip_by_global_norm(1), adamw({.learning_rate = 0.1})),
             tx = inject_hyperparams(plain);
  EXPECT_EQ(paths(tx.init({{"w", ramie::zeros({1})}})),
            "0.max_norm 1.count 1.b1 1.b2 1.eps 1.eps_root 1.mu.w 1.nu.w 2.weight_decay 3.learning_rate");
  State p = params(), q = p, s = tx.init(p), t = plain.init(q);
  for (std::size_t step = 0; step < 3; ++step) {
    tx.apply(grads(step), s, p);
    plain.apply(grads(step), t, q);
  }
  expect_equal(p, q);
}

// ---- an optimizer, and steps that are replayed

nn::Linear model() {
  nn::Rngs rngs(0);
  return nn::Linear(2, 3, rngs);
}
Tensor loss_of(nn::Linear& m) { return mean(square(m(tensor({{1.0, 2.0}, {3.0, 5.0}})) - 1)); }
Tensor step(nn::Linear& m, Optimizer& optimizer) {
  auto [loss, grads] = nn::value_and_grad(loss_of)(m);
  optimizer.update(m, grads, {.value = loss});
  return loss;
}

// ---- those that ask for the loss at other parameters

// k small batches, and one of all their examples, are the same step.
TEST(MultiSteps, MicroBatchesAreOneBatch) {
  const auto loss_fn = [](nn::Linear& m, const Tensor& x) { return mean(square(m(x) - 1)); };
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 5.0}, {-1.0, 0.5}, {0.25, -2.0}, {4.0, 1.0}, {-3.0, 0.0}});
  nn::Linear a = model(), b = model();
  Optimizer whole(a, adam({.learning_rate = 0.1})), parts(b, multi_steps(adam({.learning_rate = 0.1}), 3));
  for (int step = 0; step < 4; ++step) {
    whole.update(a, std::get<1>(nn::value_and_grad(loss_fn)(a, x)));
    for (int i = 0; i < 3; ++i)
      parts.update(b, std::get<1>(nn::value_and_grad(loss_fn)(b, slice(x, 0, 2 * i, 2 * i + 2))));
    ramie::expect_near(b.kernel.value(), a.kernel.value(), 1e-5);
    ramie::expect_near(b.bias->value(), a.bias->value(), 1e-5);
  }
}

Tensor searching_step(nn::Linear& m, Optimizer& optimizer) {
  auto [loss, grads] = nn::value_and_grad(loss_of)(m);
  optimizer.update(m, grads, {.value = loss, .value_fn = value_fn(loss_of, m)});
  return loss;
}

TEST(LineSearch, MakesLbfgsFitALine) {
  nn::Linear m = model();
  Optimizer optimizer(m, lbfgs());
  for (int i = 0; i < 15; ++i) searching_step(m, optimizer);
  EXPECT_LT(loss_of(m).item(), 1e-8);
  EXPECT_EQ(optimizer.state().at("opt_state.2.decrease_error").item(), 0);
  EXPECT_GE(optimizer.state().at("opt_state.2.num_linesearch_steps").item(), 1);
}

// The model has its values while value_fn runs, and gets them back after an exception.
TEST(LineSearch, LooksAtTheModelItself) {
  nn::Linear m = model();
  Optimizer optimizer(m, chain(sgd({.learning_rate = 1.}), scale_by_backtracking_linesearch()));
  const State before = nn::state(m), state = optimizer.state();
  auto [loss, grads] = nn::value_and_grad(loss_of)(m);
  const ValueFn failing = [&](const State&) -> std::pair<Tensor, State> {
    expect_equal(nn::state(m), before);
    throw std::runtime_error("no loss");
  };
  EXPECT_THROW(optimizer.update(m, grads, {.value = loss, .value_fn = failing}), std::runtime_error);
  expect_equal(nn::state(m), before);
  expect_equal(optimizer.state(), state);
}

TEST(LineSearch, ErrorsTellWhatItNeeds) {
  nn::Linear m = model();
  Optimizer optimizer(m, lbfgs());
  auto [loss, grads] = nn::value_and_grad(loss_of)(m);
  const auto text = [&, &g = grads](const ExtraArgs& extra) {
    return error_of([&] { optimizer.update(m, g, extra); });
  };
  EXPECT_EQ(text({.value = loss}),
            "[scale_by_zoom_linesearch] it tries other parameters: optimizer.update(model, grads, {.value = "
            "loss, .value_fn = optim::value_fn(loss_fn, model, ...)}).");
  EXPECT_EQ(text({.value_fn = value_fn(loss_of, m)}),
            "[scale_by_zoom_linesearch] it needs the loss, one number, and got none: optimizer.update(model, "
            "grads, {.value = loss}).");
  EXPECT_EQ(text({.value = loss, .value_fn = [](const State&) { return std::pair(zeros({}), State()); }}),
            "[linesearch] value_fn gave 0 gradients for 2 parameters.");
  EXPECT_EQ(error_of([&] {
              auto tx = sam(adam({.learning_rate = 0.1}), momentum(0.1), {.opaque_mode = true});
              Optimizer(m, tx).update(m, nn::grad(loss_of)(m));
            }),
            "[sam] opaque_mode asks for other gradients: optimizer.update(model, grads, {.value_fn = "
            "optim::value_fn(loss_fn, model, ...)}).");
}

TEST(Hyperparameters, AreReadAndSet) {
  nn::Linear m = model();
  Optimizer optimizer(m, inject_hyperparams(adam({.learning_rate = 0.1})));
  EXPECT_EQ(optimizer.hyperparameter("learning_rate"), 0.1);
  EXPECT_EQ(optimizer.hyperparameter("b1"), 0.9);
  optimizer.set_hyperparameter("learning_rate", 0);
  const State before = nn::state(m);
  step(m, optimizer);
  expect_equal(nn::state(m), before);
  EXPECT_EQ(
      error_of([&] { optimizer.hyperparameter("momentum"); }),
      "[hyperparameter] none of the settings that may be changed are called 'momentum': there are 0.b1, "
      "0.b2, 0.eps, 0.eps_root, 1.learning_rate.");
}

TEST(Hyperparameters, OfOneNameAreToldApartByTheirPath) {
  nn::Linear m = model();
  Optimizer optimizer(m, muon({.learning_rate = 0.1, .adam_learning_rate = 0.2}));
  EXPECT_EQ(optimizer.hyperparameter("adam.1.learning_rate"), 0.2);
  EXPECT_EQ(
      error_of([&] { optimizer.set_hyperparameter("learning_rate", 1); }),
      "[hyperparameter] several of the settings that may be changed are called 'learning_rate': there are "
      "0.adam.1.learning_rate, 0.muon.3.learning_rate.");
}

const std::vector<std::pair<const char*, GradientTransformation>>& replayed() {
  const Mask kernels = [](std::string_view, const Tensor& p) { return p.rank() > 1; };
  const auto up = momentum(0.1);
  static const std::vector<std::pair<const char*, GradientTransformation>> all{
      {"adamw", adamw({.learning_rate = 0.1, .mask = kernels})},
      {"radam", radam({.learning_rate = 0.1})},
      {"apply_every", chain(apply_every(3), nadam({.learning_rate = 0.1}))},
      {"apply_if_finite", apply_if_finite(amsgrad({.learning_rate = 0.1}), 1)},
      {"lookahead", lookahead(adam({.learning_rate = 0.1}), {.sync_period = 2})},
      {"sam", sam(adam({.learning_rate = 0.1}), up)},
      {"plateau", chain(sgd({.learning_rate = 0.1}), reduce_on_plateau({.patience = 1, .rtol = 0.5}))},
      {"onecycle", sgd({.learning_rate = cosine_onecycle_schedule(5, 0.1)})},
      {"sgdr", sgd({.learning_rate = sgdr_schedule({{0, 0.1, 1, 3}, {0, 0.1, 1, 3}})})},
      {"adafactor", adafactor({.learning_rate = 0.1, .min_dim_size_to_factor = 2})},
      {"muon", muon({.learning_rate = 0.1})},
      {"lbfgs", lbfgs({.learning_rate = 1., .memory_size = 2, .linesearch = {}})},
      {"adan", adan({.learning_rate = 0.1})},
      {"noisy", noisy_sgd(0.1)},
      {"novograd", novograd({.learning_rate = 0.1})},
      {"sm3", sm3(0.1)},
      {"polyak", polyak_sgd()},
      {"injected", inject_hyperparams(lion({.learning_rate = 0.1}))},
  };
  return all;
}

// Nothing is frozen: counts, means, memories and settings go on in a recorded step.
TEST(Wrappers, AReplayedStepIsTheStep) {
  for (auto& [name, tx] : replayed()) {
    SCOPED_TRACE(name);
    nn::Linear a = model(), b = model();
    Optimizer first(a, tx), second(b, tx);
    auto jitted = nn::jit(step);
    for (int i = 0; i < 7; ++i) {
      if (i == 4 && std::string(name) == "injected")
        for (auto* o : {&first, &second}) o->set_hyperparameter("b1", 0.5);
      step(a, first);
      jitted(b, second);
    }
    for (std::size_t i = 0; i < first.state().size(); ++i)
      ramie::expect_near(second.state()[i].second.astype(float64), first.state()[i].second.astype(float64),
                         1e-5);
    ramie::expect_near(b.kernel.value(), a.kernel.value(), 1e-5);
    EXPECT_EQ(jitted.statistics().recordings, 1);
  }
}

}  // namespace
}  // namespace ramie::optim
