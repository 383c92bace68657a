#include <ramie/autograd/explain.h>

#include <fmt/format.h>

#include <algorithm>

#include <ramie/autograd/brief.h>
#include <ramie/autograd/formulas.h>
#include <ramie/autograd/text_table.h>

namespace ramie {
namespace {

using detail::brief;
using Value = BackwardTrace::Value;

// "v2 = multiply(a, constant)"
std::string call(const BackwardTrace& t, const Value& v) {
  std::string inputs;
  for (int i : v.inputs) {
    if (!inputs.empty()) inputs += ", ";
    inputs += i < 0 ? "constant" : t.values[static_cast<std::size_t>(i)].label;
  }
  return fmt::format("{} = {}({})", v.label, v.op, inputs);
}

std::string rule(const std::string& op) {
  const Formula* f = formula_of(op);
  return f ? fmt::format("{};   {}", f->forward, f->vjp)
           : fmt::format("no formula is known for {}; the numbers are those of its own rule", op);
}

std::string forward(const BackwardTrace& t) {
  std::vector<std::vector<std::string>> rows;
  for (auto& v : t.values) {
    const Formula* f = formula_of(v.op);
    rows.push_back({"  " + (v.leaf() ? v.label : call(t, v)), str(v.layout),
                    v.data ? brief(v.data) : "not kept: see KeepValues", f ? std::string(f->forward) : v.op});
  }
  return "Forward\n" + detail::text_table(rows);
}

// Why the gradient of a broadcast is a sum, with this one's shapes.
std::string why(const BackwardTrace& t, const Value& v) {
  if (v.op != "broadcast_to") return "";
  const Layout& x = t.values[static_cast<std::size_t>(v.inputs[0])].layout;
  return fmt::format(
      "   why    {} became {}: each number was used {} times, and the gradients of all uses add up\n",
      str(x.shape), str(v.layout.shape), v.layout.size / std::max<std::int64_t>(1, x.size));
}

std::string given(const BackwardTrace& t, const BackwardTrace::Step& s, const BackwardTrace::Given& g) {
  const Value& to = t.values[static_cast<std::size_t>(g.value)];
  std::string out = fmt::format("   to {:<4}", to.label + " ");
  if (g.local && g.local.size() == 1 && s.incoming.size() == 1)
    out += fmt::format("dy * {} = ", brief(g.local));
  out += brief(g.gradient);
  if (g.gradient.size() > 1 && g.gradient.size() <= detail::brief_size)
    out += fmt::format("   {}", str(to.layout));
  if (!g.sum.same(g.gradient)) out += fmt::format(", in sum {}", brief(g.sum));
  return out + "\n";
}

std::string backward(const BackwardTrace& t) {
  std::string out = fmt::format("\nBackward, from {} with d {} / d {} = {}\n", t.result().label,
                                t.result().label, t.result().label, brief(t.result().gradient));
  int number = 0;
  for (auto& s : t.steps) {
    const Value& v = t.values[static_cast<std::size_t>(s.value)];
    out += fmt::format("{}. {}\n   rule   {}\n   dy     {}\n", ++number, call(t, v), rule(v.op),
                       brief(s.incoming));
    out += why(t, v);
    for (auto& g : s.given) out += given(t, s, g);
  }
  return out;
}

std::string gradients_of_leaves(const BackwardTrace& t) {
  std::string out = "\nGradients\n";
  for (auto& v : t.values)
    if (v.leaf()) out += fmt::format("  d {} / d {} = {}\n", t.result().label, v.label, brief(v.gradient));
  return out + (t.has_grads() ? "backward() has run: the variables hold gradients.\n"
                              : "backward() has not run: no variable holds a gradient yet.\n");
}

}  // namespace

std::string explain(const BackwardTrace& t) { return forward(t) + backward(t) + gradients_of_leaves(t); }

}  // namespace ramie
