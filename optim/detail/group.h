// Neighbouring elementwise transformations, run as one launch over all parameters.
#pragma once

#include <vector>

#include <ramie/optim/transformation.h>

namespace ramie::optim::detail {

class Group {
 public:
  Group(State& updates, State& params, const ExtraArgs& extra)
      : updates_(updates), params_(params), extra_(extra) {}
  // The state must live until the group has run; its values are replaced then, or left as they were by an
  // exception.
  void add(const Elementwise& part, std::span<State::Entry> state);
  void flush();  // updates = the stages of the updates; nothing where the group is empty
  void apply();  // params = params + those

 private:
  struct Member {
    const Elementwise* part;
    std::span<State::Entry> state;
  };
  kernels::Update kernel(bool apply) const;
  void skip(std::vector<std::uint32_t>& skipped, std::size_t i, const Mask& mask) const;
  // Calls f(tensor) for the states of a parameter, in the order of the stages.
  template <class F>
  void for_each_state(std::size_t parameter, const F& f) {
    for (auto& m : members_)
      for (std::size_t s = 0; s < m.part->states.size(); ++s)
        f(m.state[m.part->counters.size() + s * updates_.size() + parameter].second);
  }
  void make_dense();
  std::vector<Tensor> take_inputs(std::size_t width);
  void put_back(std::vector<Tensor>& inputs);
  void run(bool apply);

  State &updates_, &params_;
  const ExtraArgs& extra_;
  std::vector<Member> members_;
  std::vector<Tensor> scalars_;
};

}  // namespace ramie::optim::detail
