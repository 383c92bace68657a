#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <iterator>
#include <ostream>

#include <ramie/tensor/launch.h>

namespace ramie {
namespace {

constexpr std::int64_t edge = 3, long_size = 1000;  // as NumPy: above 1000 elements, 3 at each end of an axis

template <class T>
std::string text(T x) {
  if constexpr (std::is_same_v<T, bool>)
    return x ? "true" : "false";
  else if constexpr (std::is_integral_v<T>)
    return fmt::format("{}", +x);
  else if constexpr (std::is_same_v<T, double>)
    return fmt::format("{:.8g}", x);
  else
    return fmt::format("{:.6g}", static_cast<float>(x));
}

class Printer {
 public:
  explicit Printer(const Tensor& x) : x_(x), shorten_(x.size() > long_size) {}
  std::string run() {
    walk(0, 0);
    return out_;
  }

 private:
  void walk(int axis, std::int64_t at) {
    const Layout& l = x_.layout();
    if (axis == l.rank()) return value(at);
    out_ += '[';
    for (std::int64_t i = 0; i < l.shape[axis]; ++i) {
      if (i > 0) separate(axis);
      if (shorten_ && i == edge && l.shape[axis] > 2 * edge) {
        out_ += "...";
        separate(axis);
        i = l.shape[axis] - edge;
      }
      walk(axis + 1, at + i * l.strides[axis]);
    }
    out_ += ']';
  }
  void separate(int axis) {
    const int below = x_.rank() - 1 - axis;
    out_ += below == 0 ? ", " : ",";
    if (below > 0)
      out_.append(static_cast<std::size_t>(below), '\n').append(static_cast<std::size_t>(axis) + 1, ' ');
  }
  void value(std::int64_t at) {
    visit(x_.dtype(), [&]<class T>(Type<T>) { out_ += text(x_.view().as<T>()[at]); });
  }
  const Tensor& x_;
  bool shorten_;
  std::string out_;
};

}  // namespace

std::string str(const Tensor& x) {
  if (!x) return "undefined Tensor";
  if (x.graph() && x.graph()->traced)
    return fmt::format("{} inside {}, of {}", str(x.layout()), x.graph()->op(), str(x.graph()->inner()));
  if (context.recorder) context.recorder->read("print", x);
  std::string out = Printer(transfer(x, cpu())).run();
  out += fmt::format("{}{} {}", x.rank() > 1 ? "\n" : " ", str(x.layout()), str(x.device()));
  if (x.graph()) out += fmt::format(", made by {}", x.graph()->op());
  return out;
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << str(x); }

void print(const Tensor& x) { std::puts(str(x).c_str()); }

}  // namespace ramie
