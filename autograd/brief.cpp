#include <ramie/autograd/brief.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ramie::detail {

std::string brief(double x) {
  if (x == 0) return "0";  // not -0
  return fmt::format("{:.6g}", x);
}

std::string values(const Tensor& x) {
  const auto v = x.to_vector<double>();
  std::size_t next = 0;
  const auto walk = [&](auto& self, int axis) -> std::string {
    if (axis == x.rank()) return brief(v[next++]);
    std::string out = "[";
    for (std::int64_t i = 0; i < x.shape(axis); ++i) out += (i ? ", " : "") + self(self, axis + 1);
    return out + "]";
  };
  return walk(walk, 0);
}

std::string brief(const Tensor& x) {
  if (!x) return "?";
  if (x.size() == 0) return str(x.layout());
  if (x.size() <= brief_size) return values(x);
  const auto v = x.to_vector<double>();
  const auto [least, most] = std::minmax_element(v.begin(), v.end());
  return fmt::format("{}, from {} to {}, mean {}", str(x.layout()), brief(*least), brief(*most),
                     brief(std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size())));
}

}  // namespace ramie::detail
