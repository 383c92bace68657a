#include <ramie/train/matching.h>

#include <algorithm>
#include <map>
#include <set>

#include <cstring>

#include <fmt/format.h>

#include <ramie/data/rows.h>
#include <ramie/tensor/error.h>

namespace ramie::train::detail {
namespace {

constexpr std::size_t most_lines = 20;

void add_lines(std::string& text, std::string_view heading, const std::vector<std::string>& lines) {
  const std::size_t shown = std::min(lines.size(), most_lines);
  for (std::size_t i = 0; i < shown; ++i) text += fmt::format("\n  {}: {}", heading, lines[i]);
  if (shown < lines.size()) text += fmt::format("\n  {}: {} more", heading, lines.size() - shown);
}

std::string described(const std::string& name, const Layout& layout) {
  return fmt::format("'{}' {}", name, str(layout));
}

bool fits(const Layout& a, const Layout& b) { return a.shape == b.shape && a.dtype == b.dtype; }

bool same(const Tensor& a, const Tensor& b) {
  if (!fits(a.layout(), b.layout())) return false;
  const Tensor x = data::dense(a), y = data::dense(b);
  return x.size() == 0 || std::memcmp(x.view().data, y.view().data, x.layout().bytes()) == 0;
}

}  // namespace

Unmatched match(std::string_view op, const std::string& file, const std::vector<Wanted>& wanted,
                const nn::State& given, bool strict) {
  std::map<std::string_view, const Tensor*> there;
  std::set<std::string_view> known;
  for (const auto& [name, value] : given) there.emplace(name, &value);
  Unmatched unmatched;
  std::vector<std::string> missing, unexpected, mismatched;
  for (const auto& [name, layout, loaded, tied_to] : wanted) {
    known.insert(name);
    const auto at = there.find(name), first = tied_to.empty() ? there.end() : there.find(tied_to);
    if (at != there.end() && first != there.end() && !same(*at->second, *first->second))
      mismatched.push_back(
          fmt::format("'{}' is '{}' in the model, but another value in the file", name, tied_to));
    if (!loaded) continue;
    if (at == there.end()) {
      unmatched.missing.push_back(name);
      missing.push_back(described(name, layout));
    } else if (!fits(at->second->layout(), layout)) {
      mismatched.push_back(fmt::format("'{}' is {} in the file, {} in the model", name,
                                       str(at->second->layout()), str(layout)));
    }
  }
  for (const auto& [name, value] : given) {
    if (known.contains(name)) continue;
    unmatched.unexpected.push_back(name);
    unexpected.push_back(described(name, value.layout()));
  }
  if (mismatched.empty() && (!strict || (missing.empty() && unexpected.empty()))) return unmatched;
  std::string text = fmt::format("{} does not fit the model:", file);
  if (strict) add_lines(text, "missing", missing);
  if (strict) add_lines(text, "unexpected", unexpected);
  add_lines(text, "mismatched", mismatched);
  fail(op, text);
}

}  // namespace ramie::train::detail
