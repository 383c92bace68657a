#include <ramie/optim/linesearch.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/optim/detail/blocks.h>
#include <ramie/optim/detail/value.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>

namespace ramie::optim {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Point {  // of the line: the loss and its slope there
  double step = 0, value = 0, slope = 0;
};

// The loss along the updates.
class Line {
 public:
  Line(const char* name, const State& updates, const State& params, const ExtraArgs& extra)
      : updates_(updates), params_(params), value_fn_(extra.value_fn) {
    if (!value_fn_)
      fail(name,
           "it tries other parameters: optimizer.update(model, grads, {.value = loss, .value_fn = "
           "optim::value_fn(loss_fn, model, ...)}).");
    origin_ = {0, detail::value_of(name, extra).item(), slope(extra.grad)};
  }
  const Point& origin() const { return origin_; }
  Point at(double step) const {
    State there;
    for (std::size_t i = 0; i < params_.size(); ++i)
      there.add(params_[i].first, params_[i].second + step * updates_[i].second);
    const auto [value, grad] = value_fn_(there);
    return {step, value.item(), slope(grad)};
  }

 private:
  double slope(const State& grad) const {
    if (grad.size() != updates_.size())
      fail("linesearch",
           fmt::format("value_fn gave {} gradients for {} parameters.", grad.size(), updates_.size()));
    double total = 0;
    for (std::size_t i = 0; i < grad.size(); ++i)
      total += sum(grad[i].second.astype(float64) * updates_[i].second.astype(float64)).item();
    return total;
  }
  const State &updates_, &params_;
  const ValueFn& value_fn_;
  Point origin_;
};

// How far a condition "error <= 0" is missed. What cannot be computed misses it.
double missed(double error) { return std::isnan(error) ? infinity : std::max(error, 0.); }

struct Errors {
  double decrease = infinity, curvature = infinity;
  double worst() const { return std::max(decrease, curvature); }
};

// Where the cubic through the values at a, b and c, with a's slope, is least. NaN where it is nowhere.
double least_of_cubic(const Point& a, const Point& b, const Point& c) {
  const double db = b.step - a.step, dc = c.step - a.step;
  const double rest_b = b.value - a.value - a.slope * db, rest_c = c.value - a.value - a.slope * dc;
  const double scale = std::pow(db * dc, 2) * (db - dc);
  const double cubic = (dc * dc * rest_b - db * db * rest_c) / scale;
  const double squared = (db * db * db * rest_c - dc * dc * dc * rest_b) / scale;
  return a.step + (std::sqrt(squared * squared - 3 * cubic * a.slope) - squared) / (3 * cubic);
}
// The same of the parabola through a and b.
double least_of_parabola(const Point& a, const Point& b) {
  const double db = b.step - a.step, squared = (b.value - a.value - a.slope * db) / (db * db);
  return a.step - a.slope / (2 * squared);
}

// Algorithms 3.5 and 3.6 of Nocedal and Wright. `low` is the end of the interval with the lower loss.
class Zoom {
 public:
  Zoom(const ZoomLinesearch& options, const Line& line, double guess)
      : o_(options), line_(line), start_(line.origin()), now_(start_), safe_(start_), guess_(guess) {}

  Point run() {
    for (bool done = false; !done && count_ < o_.max_linesearch_steps && !too_narrow_;) {
      done = found_ ? narrow() : widen();
      ++count_;
      if (done) return now_;
    }
    return safe_.step > 0 || std::isinf(errors_.decrease) ? safe_ : now_;
  }
  int count() const { return count_; }
  const Errors& errors() const { return errors_; }

 private:
  // Each of both says whether the search is over.
  bool widen() {
    const Point before = now_;
    double step = count_ == 0 ? guess_ : o_.increase_factor * before.step;
    const bool longest = o_.max_learning_rate && step >= *o_.max_learning_rate;
    if (longest) step = *o_.max_learning_rate;
    try_step(step);
    if (errors_.decrease <= o_.tol) safe_ = now_;
    const bool too_far = errors_.decrease > 0 || (now_.value >= before.value && count_ > 0);
    const bool beyond = !too_far && now_.slope >= 0;
    low_ = beyond ? now_ : before;
    high_ = beyond ? before : now_;
    third_ = low_;
    found_ = too_far || beyond;
    return errors_.worst() <= o_.tol || (longest && !found_);
  }

  bool narrow() {
    const bool narrow = std::abs(high_.step - low_.step) <= o_.stepsize_precision;
    try_step(inside());
    if (errors_.decrease <= o_.tol && now_.value < safe_.value) safe_ = now_;
    too_narrow_ = narrow && safe_.step > 0;
    shrink();
    return errors_.worst() <= o_.tol;
  }

  // The least of an interpolation, if it lies well inside the interval.
  double inside() const {
    const double left = std::min(low_.step, high_.step), right = std::max(low_.step, high_.step);
    const auto well = [&](double step, double margin) {
      return step > left + margin * (right - left) && step < right - margin * (right - left);
    };
    const double cubic = least_of_cubic(low_, high_, third_), parabola = least_of_parabola(low_, high_);
    return well(cubic, 0.2) ? cubic : well(parabola, 0.1) ? parabola : (left + right) / 2;
  }

  void shrink() {
    const bool high_moves = errors_.decrease > 0 || now_.value >= low_.value;
    const bool turns = !high_moves && now_.slope * (high_.step - low_.step) >= 0;
    third_ = high_moves || turns ? high_ : low_;
    if (high_moves) high_ = now_;
    if (turns) high_ = low_;
    if (!high_moves) low_ = now_;
  }

  void try_step(double step) {
    now_ = line_.at(step);
    const double armijo = now_.value - start_.value - o_.slope_rtol * step * start_.slope;
    errors_ = {missed(armijo), missed(std::abs(now_.slope) - o_.curv_rtol * std::abs(start_.slope))};
    if (!o_.approx_dec_rtol || std::isnan(armijo)) return;
    const double by_slope = now_.slope - (2 * o_.slope_rtol - 1) * start_.slope;
    const double worse = now_.value - start_.value - *o_.approx_dec_rtol * std::abs(start_.value);
    const double approximate = std::isnan(by_slope) ? by_slope : std::max(by_slope, worse);
    errors_.decrease = std::isnan(approximate) ? infinity : missed(std::min(approximate, armijo));
  }

  const ZoomLinesearch& o_;
  const Line& line_;
  Point start_, now_, low_, high_, third_, safe_;  // safe: the best that decreases the loss enough
  Errors errors_;
  double guess_;
  int count_ = 0;
  bool found_ = false, too_narrow_ = false;
};

State scaled(State updates, double by) {
  for (auto& [path, u] : updates) u = by * u;
  return updates;
}

State init_search(const State& params, bool curvature) {
  DType widest = float32;
  for (auto& [path, p] : params) widest = promote(widest, p.dtype());
  const auto scalar = [&](double value, DType dtype) { return full({}, value, dtype).to(device_of(params)); };
  State out{{"learning_rate", scalar(1, float64)},
            {"value", scalar(infinity, widest)},
            {"num_linesearch_steps", scalar(0, int32)},
            {"decrease_error", scalar(infinity, widest)}};
  if (curvature) out.add("curvature_error", scalar(infinity, widest));
  return out;
}
void keep(State& state, const Point& point, int steps, const Errors& errors) {
  const double values[] = {point.step, point.value, static_cast<double>(steps), errors.decrease,
                           errors.curvature};
  for (std::size_t i = 0; i < state.size(); ++i) state[i].second = full_like(state[i].second, values[i]);
}

State zoom(const ZoomLinesearch& o, State updates, State& state, const State& params,
           const ExtraArgs& extra) {
  const Line line("scale_by_zoom_linesearch", updates, params, extra);
  const bool one = o.initial_guess_strategy == ZoomLinesearch::Guess::one;
  Zoom search(o, line, one ? 1 : state[0].second.item());
  const Point end = search.run();
  keep(state, end, search.count(), search.errors());
  return scaled(std::move(updates), end.step);
}

State backtrack(const BacktrackingLinesearch& o, State updates, State& state, const State& params,
                const ExtraArgs& extra) {
  const Line line("scale_by_backtracking_linesearch", updates, params, extra);
  const Point& start = line.origin();
  Point now = start;
  double step = std::min(o.increase_factor * state[0].second.item(), o.max_learning_rate);
  Errors errors;
  int count = 0;
  for (; !(errors.decrease <= o.atol) && count <= o.max_backtracking_steps; ++count) {
    if (count > 0) step *= o.decrease_factor;
    now = line.at(step);
    errors.decrease = missed(now.value - (1 + o.rtol) * start.value - step * o.slope_rtol * start.slope);
  }
  now.step = std::isinf(errors.decrease) ? 0 : step;  // better none than one into NaN
  keep(state, now, count, errors);
  return scaled(std::move(updates), now.step);
}

void check_steps(const char* name, int steps) {
  if (steps < 1) fail(name, fmt::format("{} steps at most: it must be at least 1.", steps));
}

}  // namespace

GradientTransformation scale_by_zoom_linesearch(ZoomLinesearch o) {
  check_steps("scale_by_zoom_linesearch", o.max_linesearch_steps);
  return General{[](const State& params) { return init_search(params, true); },
                 [o](State updates, State& state, const State& params, const ExtraArgs& extra) {
                   return zoom(o, std::move(updates), state, params, extra);
                 }};
}

GradientTransformation scale_by_backtracking_linesearch(BacktrackingLinesearch o) {
  check_steps("scale_by_backtracking_linesearch", o.max_backtracking_steps);
  return General{[](const State& params) { return init_search(params, false); },
                 [o](State updates, State& state, const State& params, const ExtraArgs& extra) {
                   return backtrack(o, std::move(updates), state, params, extra);
                 }};
}

}  // namespace ramie::optim
