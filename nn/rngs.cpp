#include <ramie/nn/rngs.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/ops/elementwise.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn {

RngStream::RngStream(std::string t, Tensor k)
    : tag(std::move(t)), key(std::move(k)), count(zeros({}, uint32).to(key.value().device())) {}

Tensor RngStream::operator()() {
  Tensor drawn = random::fold_in(key, count.value());
  count = count.value() + 1;
  return drawn;
}
RngStream RngStream::fork() { return RngStream(tag, (*this)()); }

Rngs::Rngs(std::int64_t seed) : Rngs(random::key(seed)) {}
Rngs::Rngs(Tensor key) { streams_.emplace_back("default", std::move(key)); }
Rngs::Rngs(std::initializer_list<std::pair<const char*, std::int64_t>> seeds) {
  for (auto& [name, seed] : seeds) streams_.emplace_back(name, random::key(seed));
}

RngStream& Rngs::operator[](std::string_view name) {
  for (std::string_view wanted : {name, std::string_view("default")}) {
    auto at = std::find_if(streams_.begin(), streams_.end(), [&](auto& s) { return s.tag == wanted; });
    if (at != streams_.end()) return *at;
  }
  std::string names;
  for (auto& s : streams_) names += (names.empty() ? "" : ", ") + s.tag;
  fail("rngs",
       fmt::format(
           "there is no stream '{0}' and no default one; there are: {1}. Add it: nn::Rngs{{{{\"{0}\", 0}}}}.",
           name, names));
}

Rngs Rngs::fork() {
  Rngs out;
  for (auto& s : streams_) out.streams_.push_back(s.fork());
  return out;
}

void Rngs::collect(Visitor& v, std::string_view name) {
  v.enter(name, "Rngs");
  for (auto& s : streams_) walk(v, s.tag, s);
  v.leave();
}

}  // namespace ramie::nn
