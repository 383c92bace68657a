// A chain of six elementwise ops as one launch, beside the single launches one after the other. Memory is
// given in both cases, as a program gives it; "bytes" is what the one launch reads and writes.
//
//   bench fused_
#include "measure.h"

#include <ramie/autograd/ops/shape.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/ops/fused.h>
#include <ramie/tensor/random.h>

namespace {

using namespace ramie;
using namespace ramie::kernels;

using Instructions = std::vector<Chain::Instruction>;

// A chain with memory for all of its values.
class Timed {
 public:
  Timed(std::vector<Tensor> x, Instructions instructions)
      : inputs_(x.size()), fused_(chain(x, instructions)) {
    for (auto& t : x) values_.push_back(t);
    for (auto& i : instructions) values_.push_back(Tensor::empty(Layout(i.dtype, x[0].shape()), cpu()));
    for (auto& v : values_) views_.push_back(v.view());
  }
  std::int64_t size() const { return fused_.chain().size(); }
  const void* run_fused() const {
    fused_.run(Cpu{}, &views_.back(), views_.data());
    return views_.back().data;
  }
  const void* run_single() const {
    const auto& list = fused_.chain().instructions;
    for (std::size_t k = 0; k < list.size(); ++k)
      std::visit([&](auto& kernel) { run(kernel, list[k], views_[inputs_ + k]); }, list[k].kernel);
    return views_.back().data;
  }

 private:
  static Chain chain(const std::vector<Tensor>& x, const Instructions& instructions) {
    Chain c{{}, instructions, {static_cast<std::uint16_t>(instructions.size() - 1)}, {}};
    for (auto& t : x) c.inputs.push_back(t.layout());
    c.outputs.emplace_back(instructions.back().dtype, x[0].shape());
    return c;
  }
  void run(const Elementwise& k, const Chain::Instruction& i, const View& y) const {
    const auto x = [&](std::size_t t) { return views_[i.operands[t]]; };
    i.tensors() == 1 ? k.run(Cpu{}, y, x(0)) : k.run(Cpu{}, y, x(0), x(1));
  }
  void run(const Cast& k, const Chain::Instruction& i, const View& y) const {
    k.run(Cpu{}, y, views_[i.operands[0]]);
  }

  std::size_t inputs_;
  Fused fused_;
  std::vector<Tensor> values_;
  std::vector<View> views_;
};

Elementwise with(const Op& op, int place, double number) {
  return Elementwise::with_number(op, place, number);
}

// square(relu(x * y + row) * 0.5 - x)
Timed six_ops(const benchmark::State& s) {
  const std::int64_t n = s.range(0), columns = s.range(1);
  const auto normal = [&](std::uint32_t key) {
    return random::normal(random::key(key), {n / columns, columns});
  };
  const Tensor x = normal(0), y = normal(1), row = random::normal(random::key(2), {columns});
  return {{x, y, broadcast_to(row, x.shape())},
          {{Elementwise(ops::multiply), {0, 1}, float32},
           {Elementwise(ops::add), {3, 2}, float32},
           {Elementwise(ops::relu), {4}, float32},
           {with(ops::multiply, 1, 0.5), {5}, float32},
           {Elementwise(ops::subtract), {6, 0}, float32},
           {Elementwise(ops::square), {7}, float32}}};
}
// Adam's 1 - 0.9^(count + 1)
Timed scalars() {
  return {{Tensor(tensor(3, int32))},
          {{Elementwise::with_number(ops::add, 1, 1), {0}, int32},
           {Cast{float32}, {1}, float32},
           {with(ops::power, 0, 0.9), {2}, float32},
           {with(ops::subtract, 0, 1), {3}, float32}}};
}

template <bool fused>
void time_chain(benchmark::State& state, const Timed& t, double bytes) {
  measure(state, [&] { return fused ? t.run_fused() : t.run_single(); },
          {.bytes = bytes * static_cast<double>(t.size())});
}
template <bool fused>
void chain(benchmark::State& s) {
  const DeviceScope on(cpu());
  time_chain<fused>(s, six_ops(s), 12);
}
template <bool fused>
void scalar_chain(benchmark::State& s) {
  const DeviceScope on(cpu());
  time_chain<fused>(s, scalars(), 8);
}

const bool registered = [] {
  const auto add = [](const char* name, void (*f)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name, f)->UseManualTime();
  };
  const std::pair<const char*, void (*)(benchmark::State&)> chains[] = {{"fused_chain", chain<true>},
                                                                        {"fused_chain_single", chain<false>}};
  for (const auto& [name, f] : chains) {
    auto* b = add(name, f)->ArgNames({"n", "columns"});
    for (std::int64_t n : {1, 1000, 100000, 10000000}) b->Args({n, n});
    b->Args({1000000, 64})->Args({1000000, 10});
  }
  add("fused_scalars", scalar_chain<true>);
  add("fused_scalars_single", scalar_chain<false>);
  return true;
}();

}  // namespace
