// A model as a table: what each module gives, what it holds and what it costs.
//
//   std::cout << nn::summary(model, {64, 28, 28, 1});      // float32 of that shape; or summary(model, x...)
//
//   path     layer    output                  parameters     bytes    FLOPs
//   conv1    Conv     float32[64,28,28,32]           320    1.3 KB   30.5 M
//   ...
//   total    CNN      float32[64,10]             824,458    3.3 MB   ...
//
// A module's numbers include those of the modules in it. Parameters and bytes of tied weights are counted
// once, at their first place; bytes are those of all variables but random streams. FLOPs are of the forward:
// two for each product of a convolution or of a matrix product, one for each element of other arithmetic; a
// module that does not report its calls (nn/call.h) counts what the modules in it do, and what it does itself
// goes to the model.
//
// The model runs once, without a graph; variables and random streams keep their values.
//
// Source: flax.nnx.tabulate.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <ramie/nn/module_paths.h>
#include <ramie/nn/state.h>
#include <ramie/tensor/create.h>

namespace ramie::nn {

struct SummaryRow {
  std::string path, type_name;
  int calls = 0;                      // that were seen
  std::optional<Layout> output = {};  // of the first
  std::int64_t parameters = 0, bytes = 0;
  double flops = 0;  // of all calls
};
struct Summary {
  std::vector<SummaryRow> rows;  // the first is the model
  const SummaryRow& total() const { return rows.front(); }
  const SummaryRow& at(std::string_view path) const;  // an error that lists the paths there are
};
std::ostream& operator<<(std::ostream& out, const Summary& summary);

namespace detail {

class Summarizer {
 public:
  template <class M>
  explicit Summarizer(const M& model) : Summarizer(ModulePaths(model), variables(model)) {}
  // While f runs, its launches and calls are counted. It gives the model's output, if that is seen.
  void run(const std::function<Tensor()>& f);
  Summary finish() const;

 private:
  class Rows;
  Summarizer(ModulePaths paths, const std::vector<Found>& variables);
  std::shared_ptr<Rows> rows_;
};

template <class A>
decltype(auto) example(const Device& device, A&& argument) {
  if constexpr (std::is_same_v<std::remove_cvref_t<A>, Shape>)
    return zeros(argument).to(device);
  else
    return std::forward<A>(argument);
}

}  // namespace detail

// Of model(arguments...), where a Shape stands for float32 zeros of that shape.
template <class M, class... A>
Summary summary(M&& model, A&&... arguments) {
  detail::Summarizer summarizer(model);
  const Device device = device_of(state(model));
  summarizer.run([&] {
    auto y = model(detail::example(device, std::forward<A>(arguments))...);
    const Tensor* output = detail::output_of(y);
    return output ? *output : Tensor();
  });
  return summarizer.finish();
}
template <class M>
Summary summary(M&& model, const Shape& input) {
  return summary<M, const Shape&>(std::forward<M>(model), input);
}

}  // namespace ramie::nn
