#include <ramie/nn/linen.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/trace.h>
#include <ramie/nn/sha1.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

namespace ramie::nn {

std::int64_t parameter_count(const State& params) {
  std::int64_t n = 0;
  for (auto& [path, value] : params) n += value.size();
  return n;
}

namespace linen {
namespace {

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

// A count's bytes, without leading zeros.
std::string bytes_of(int count) {
  std::string out;
  for (; count > 0; count >>= 8) out.insert(out.begin(), static_cast<char>(count));
  return out;
}

std::string paths(const State& state) {
  std::string out;
  for (auto& [path, value] : state) out += (out.empty() ? "" : ", ") + path;
  return out.empty() ? "none" : out;
}

}  // namespace

std::string Scope::reserved(std::string_view name) {
  std::string path = joined(path_, name);
  if (name.empty() || name.find('.') != name.npos)
    fail("linen", fmt::format("'{}' is no name{}: it must have letters and no dots.", name,
                              path_.empty() ? "" : " in " + path_));
  if (!names_.emplace(name).second)
    fail("linen", fmt::format("'{}' is there already: give it another name, or call the part in a scope of "
                              "its own, scope.child(\"Block\"). To use a parameter twice, declare it once.",
                              path));
  return path;
}

Scope& Scope::child(std::string_view type) {
  const int number = parts_.try_emplace(std::string(type), 0).first->second++;
  return named(fmt::format("{}_{}", type, number));
}
Scope& Scope::named(std::string_view name) {
  std::string path = reserved(name);
  Scope& part = children_.emplace_back(source_);
  part.path_ = std::move(path);
  part.folded_ = folded_ + std::string(name);
  return part;
}

// As Flax: SHA-1 of the path and the count, of which the first word is folded in.
Tensor Scope::make_rng(std::string_view name) {
  auto key = source_.keys.find(name);
  if (key == source_.keys.end()) key = source_.keys.find("params");
  if (key == source_.keys.end())
    fail("linen", fmt::format("{} needs a key '{}': apply(model, params, {{{{\"{}\", key}}}}, x).",
                              path_.empty() ? "the model" : path_, name, name));
  const int count = ++keys_.try_emplace(key->first, 0).first->second;
  return random::fold_in(key->second, sha1(folded_ + bytes_of(count))[0]);
}

Tensor Scope::param(std::string_view name, const Initializer& init, const Shape& shape, DType dtype) {
  const std::string path = reserved(name);
  if (source_.given) return given(path, shape, dtype);
  Tensor value = init(make_rng("params"), shape, dtype);
  source_.drawn.add(path, value);
  return value;
}

Tensor Scope::given(const std::string& path, const Shape& shape, DType dtype) {
  const State& all = *source_.given;
  std::size_t at = source_.next;
  if (at >= all.size() || all[at].first != path)
    at = static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](auto& e) { return e.first == path; }) - all.begin());
  if (at == all.size() || !all[at].second)
    fail("linen", fmt::format("the parameters have no '{}' ({}). Those of the model's own init have; these "
                              "are: {}.",
                              path, str(Layout(dtype, shape)), paths(all)));
  const Tensor& value = all[at].second;
  if (value.shape() != shape)
    fail("linen", fmt::format("'{}' is {}, but the model declares {}: init had an input of another shape, or "
                              "other settings.",
                              path, str(value.layout()), str(Layout(dtype, shape))));
  source_.next = at + 1;
  return value;
}

namespace detail {

Tensor no_examples(const Layout& x) {
  Shape shape = x.shape;
  shape.insert(0, 0);
  return zeros(shape, x.dtype);
}
Layout one_example(const Tensor& batch) {
  Shape shape = batch.shape();
  shape.erase(0);
  return {batch.dtype(), shape};
}

void check_independent(const State& drawn) {
  for (auto& [path, value] : drawn)
    if (ramie::detail::is_traced(value))
      fail("init_by_shape",
           fmt::format("'{}' follows from the input's values: use init(model, key, x).", path));
}

}  // namespace detail
}  // namespace linen
}  // namespace ramie::nn
