// Costs and listings of programs.
#include <fmt/format.h>

#include <cstdio>
#include <ostream>

#include <ramie/tensor/program/edit.h>
#include <ramie/tensor/program/program.h>

namespace ramie {
namespace {

using Kind = Program::Kind;

std::vector<const Layout*> layouts(const std::vector<Program::Operand>& operands) {
  std::vector<const Layout*> out;
  for (auto& o : operands) out.push_back(&o.layout);
  return out;
}

// "a", "b", ... "z", "ba": temporaries in the order in which they are written, others by kind and number.
std::string letters(std::size_t n) {
  std::string text(1, static_cast<char>('a' + n % 26));
  while (n /= 26) text.insert(text.begin(), static_cast<char>('a' + n % 26));
  return text;
}
std::vector<std::string> name_buffers(const Program& p) {
  std::vector<std::string> names(p.buffers.size());
  std::size_t constants = 0, temporaries = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& b = p.buffers[i];
    if (b.kind == Kind::argument) names[i] = fmt::format("arg{}", b.number);
    if (b.kind == Kind::state) names[i] = fmt::format("state{}", b.number);
    if (b.kind == Kind::constant) names[i] = fmt::format("const{}", constants++);
  }
  for (auto& step : p.steps)
    for (auto& o : step.out) names[o.buffer] = letters(temporaries++);
  return names;
}

// What is broadcast counts once.
double bytes_of(const Layout& l) {
  auto bytes = static_cast<double>(size_of(l.dtype));
  for (int i = 0; i < l.rank(); ++i)
    if (l.strides[i] != 0 || l.shape[i] == 0) bytes *= static_cast<double>(l.shape[i]);
  return bytes;
}

class Listing {
 public:
  explicit Listing(const Program& p) : program_(p), names_(name_buffers(p)) {}
  std::string run() {
    head();
    for (auto& step : program_.steps) line(step);
    std::string results;
    for (auto& r : program_.results) results += " " + operand(r);
    text_ += fmt::format("  return{}\n", results);
    for (std::size_t i = 0; i < program_.states.size(); ++i)
      if (program_.states[i].assigned)
        text_ += fmt::format("  state{} <- {}\n", i, operand(program_.states[i].after));
    return std::move(text_);
  }

 private:
  void head() {
    const Cost c = cost(program_);
    const MemoryPlan plan = program_.memory ? *program_.memory : plan_memory(program_);
    text_ = fmt::format("program on {}: {} launches, {:.4g} FLOPs, {:.4g} bytes moved, peak {} bytes",
                        str(program_.device), c.launches, c.flops, c.bytes, plan.alive);
    text_ += program_.memory ? fmt::format(" in an arena of {}\n", plan.arena) : "\n";
    for (std::size_t i = 0; i < program_.arguments.size(); ++i) text_ += "  " + given(program_.arguments[i]);
    for (auto& s : program_.states) text_ += "  " + given(s.before);
  }
  std::string given(const Program::Operand& o) const {
    return o.buffer == Program::none ? "(none)\n" : fmt::format("{}:{}\n", names_[o.buffer], str(o.layout));
  }
  void line(const Program::Step& step) {
    std::string out, in;
    for (auto& o : step.out)
      out += fmt::format("{}{}:{}", out.empty() ? "" : ", ", names_[o.buffer], str(o.layout));
    for (auto& o : step.in) in += " " + operand(o);
    const auto describe = step.launch.type->attributes;
    const std::string attributes = describe ? describe(step.launch.kernel.get()) : "";
    text_ += fmt::format("  {} = {}{}{}{}\n", out, step.launch.name,
                         attributes.empty() ? "" : "[" + attributes + "]", in, donated(step));
  }
  std::string donated(const Program::Step& step) const {
    std::string text;
    for (std::size_t k = 0; k < step.over.size(); ++k)
      if (step.over[k] >= 0)
        text += fmt::format("{}{} over {}", text.empty() ? "   # " : ", ", names_[step.out[k].buffer],
                            names_[step.in[static_cast<std::size_t>(step.over[k])].buffer]);
    return text;
  }
  // The name alone where all of the buffer is meant, else what is seen of it.
  std::string operand(const Program::Operand& o) const {
    if (o.buffer == Program::none) return "(none)";
    const std::string& name = names_[o.buffer];
    if (o.whole(program_)) return name;
    return fmt::format("{}({}{}{})", name, str(o.layout.shape),
                       o.layout.dense ? "" : " strides " + str(o.layout.strides),
                       o.offset ? fmt::format(" at {}", o.offset) : "");
  }
  const Program& program_;
  std::vector<std::string> names_;
  std::string text_;
};

}  // namespace

Cost cost(const Program& p) {
  Cost c{p.steps.size()};
  for (auto& step : p.steps) {
    const auto out = layouts(step.out), in = layouts(step.in);
    if (step.launch.type->flops) c.flops += step.launch.type->flops(step.launch.kernel.get(), out, in);
    for (auto* list : {&step.out, &step.in})
      for (auto& o : *list)
        if (o.buffer != Program::none) c.bytes += bytes_of(o.layout);
  }
  return c;
}

std::string str(const Program& p) { return Listing(p).run(); }
std::ostream& operator<<(std::ostream& out, const Program& p) { return out << str(p); }
void print(const Program& p) { std::fputs(str(p).c_str(), stdout); }

}  // namespace ramie
