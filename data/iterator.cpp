// The running of pipelines: loops, their state, and what they tell about themselves.
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <ramie/autograd/engine.h>
#include <ramie/data/node.h>
#include <ramie/data/pipeline.h>
#include <ramie/tensor/context.h>
#include <ramie/tensor/error.h>

namespace ramie::data {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string line(const std::vector<std::string>& lines, std::size_t i) {
  return i < lines.size() ? fmt::format("\"{}\"", lines[i]) : "nothing";
}

void check_same(const std::string& saved, const std::string& here) {
  if (saved == here) return;
  const auto a = lines_of(saved), b = lines_of(here);
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  fail("pipeline",
       fmt::format("this place was saved in another pipeline: its step {} is {}, but here it is {}.", i + 1,
                   line(a, i), line(b, i)));
}

}  // namespace

Iterator::Iterator(detail::NodePtr node, std::uint64_t loop)
    : node_(std::move(node)), stage_(detail::start(node_, loop)), loop_(loop) {}

std::optional<Batch> Iterator::next() {
  if (context.recorder)
    fail(
        "pipeline",
        "a function that is recorded cannot fetch a batch: its program would see the same one for ever. Pass "
        "batches as arguments, or fetch them inside from a data::Resident.");
  if (ended_) return {};
  const std::int64_t start = nanoseconds_now(), left_at = std::exchange(left_at_, 0);
  if (left_at > 0) node_->outside += start - left_at;
  ended_ = true;  // unless there is something
  auto value = made();
  node_->inside += nanoseconds_now() - start;
  if (!value) return {};
  ended_ = false;
  ++position_;
  left_at_ = nanoseconds_now();
  return value;
}

std::optional<Batch> Iterator::made() {
  const NoGrad no_grad;
  const auto element = stage_->next();
  if (!element) return {};
  return element->make();
}

PipelineState Iterator::state() const { return {Pipeline(node_).fingerprint(), loop_, position_}; }

std::string str(const PipelineState& state) {
  return fmt::format("loop {} position {}\n{}", state.loop, state.position, state.pipeline);
}

PipelineState parse_pipeline_state(const std::string& text) {
  PipelineState state;
  const char *at = text.data(), *const end = at + text.size();
  const auto word = [&](std::string_view expected) {
    const bool there = std::string_view(at, end).starts_with(expected);
    return there ? (at += expected.size(), true) : false;
  };
  const auto number = [&](auto& value) {
    const auto [behind, error] = std::from_chars(at, end, value);
    at = behind;
    return error == std::errc();
  };
  const bool good = word("loop ") && number(state.loop) && word(" position ") && number(state.position) &&
                    word("\n") && state.position >= 0;
  if (!good) fail("pipeline", fmt::format("this is not a saved place: \"{}\".", text.substr(0, 40)));
  state.pipeline.assign(at, end);
  return state;
}

Iterator Pipeline::iterator() const { return {node_, (*node_->loops)++}; }

Iterator Pipeline::iterator(const PipelineState& state) const {
  check_same(state.pipeline, fingerprint());
  if (state.position < 0) fail("pipeline", fmt::format("a place cannot be {}.", state.position));
  const NoGrad no_grad;
  Iterator it(node_, state.loop);
  it.position_ = it.stage_->skip(state.position);
  if (it.position_ < state.position)
    fail("pipeline", fmt::format("the saved place is {}, but a loop has only {} elements.", state.position,
                                 it.position_));
  std::uint64_t loops = *node_->loops;
  while (loops <= state.loop && !node_->loops->compare_exchange_weak(loops, state.loop + 1)) continue;
  return it;
}

Pipeline::LoopIterator Pipeline::begin() const { return LoopIterator(iterator()); }

}  // namespace ramie::data
