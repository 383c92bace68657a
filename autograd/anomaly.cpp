#include <ramie/autograd/anomaly.h>

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <ramie/autograd/engine.h>
#include <ramie/autograd/ops/elementwise.h>
#include <ramie/autograd/ops/reduce.h>
#include <ramie/autograd/trace.h>
#include <ramie/tensor/error.h>

namespace ramie::detail {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string out = status == 0 ? text : name;
  std::free(text);
  return out;
}

std::string labels_of(const Node& n) {
  std::string out;
  for (auto& e : n.edges)
    if (e && e->notes && !e->notes->label.empty())
      out += (out.empty() ? ", which reads " : ", ") + e->notes->label;
  return out;
}

}  // namespace

std::string stack_trace() {
  std::array<void*, 64> frames;
  const int n = backtrace(frames.data(), static_cast<int>(frames.size()));
  std::string out;
  for (int i = 0; i < n; ++i) {
    Dl_info info;
    if (!dladdr(frames[static_cast<std::size_t>(i)], &info) || !info.dli_sname) continue;
    const std::string name = demangled(info.dli_sname);
    if (name.starts_with("ramie::") || name.find(" ramie::detail::") != std::string::npos) continue;
    out += "  " + name + "\n";
  }
  return out;
}

bool has_nan(const Tensor& x) {
  if (!x || !is_floating(x.dtype()) || is_traced(x)) return false;
  const Restore<bool> quiet(context.anomaly, false);
  const NoGrad guard;
  return any(isnan(x)).item<bool>();
}

void check_result(const char* op, const Tensor& y, const Tensor* x, int inputs) {
  if (!has_nan(y)) return;
  std::string read;
  for (int i = 0; i < inputs; ++i) {
    if (has_nan(x[i])) return;  // somebody else's
    read += (i ? ", " : "") + str(x[i].layout());
  }
  fail(op, fmt::format("made NaN from inputs without NaN ({}). Where it ran:\n{}", read, stack_trace()));
}

void note_stack(Node& n) { n.noted().where = stack_trace(); }

void check_rule(const Node& n, const Tensor& dy, const Grads& g) {
  if (has_nan(dy) || std::any_of(n.saved.begin(), n.saved.end(), has_nan)) return;  // it was given
  Grads all = g;
  for (int i = 0; i < all.count; ++i) {
    if (!has_nan(all[i])) continue;
    fail(n.name, fmt::format("the gradient of input {} ({}{}) has NaN, made from a cotangent without NaN. "
                             "Where the op ran:\n{}",
                             i, str(all[i].layout()), labels_of(n),
                             n.notes && !n.notes->where.empty()
                                 ? n.notes->where
                                 : "  not noted: it ran before AnomalyMode, or in a backward\n"));
  }
}

}  // namespace ramie::detail
