#include <ramie/tensor/cuda/fused_source.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include <ramie/tensor/cuda/axes.h>

namespace ramie::gpu {
namespace {

using kernels::Cast;
using kernels::Chain;
using kernels::Elementwise;
using Axes = kernels::JointAxes<1>;

constexpr int widest = 8;

std::string_view type_of(DType t) {
  switch (t) {
    case DType::bool_:
      return "bool";
    case DType::uint8:
      return "std::uint8_t";
    case DType::int8:
      return "std::int8_t";
    case DType::int16:
      return "std::int16_t";
    case DType::int32:
      return "std::int32_t";
    case DType::uint32:
      return "std::uint32_t";
    case DType::int64:
      return "std::int64_t";
    case DType::float16:
      return "Half";
    case DType::bfloat16:
      return "BFloat16";
    case DType::float64:
      return "double";
    case DType::float32:
      break;
  }
  return "float";
}

bool is_one_value(const Axes& a) {
  for (int i = 0; i < a.rank; ++i)
    if (a.length[static_cast<std::size_t>(i)] != 1 && a.stride[static_cast<std::size_t>(i)][0] != 0)
      return false;
  return true;
}

class Writer {
 public:
  Writer(const Chain& chain, const std::string& suffix) : chain_(chain), suffix_(suffix) {
    for (auto& l : chain.inputs) axes_.emplace_back(l.shape, std::array{std::cref(l.strides)});
    choose_width();
  }
  FusedSource run() {
    head();
    compute();
    if (source_.width > 1) packs();
    elements();
    return std::move(source_);
  }

 private:
  bool in_packs(std::size_t input) const { return chain_.inputs[input].dense && !is_one_value(axes_[input]); }
  void choose_width() {
    std::size_t bytes = 1;
    for (std::size_t i = 0; i < chain_.inputs.size(); ++i) {
      source_.in_packs.push_back(in_packs(i));
      if (in_packs(i)) bytes = std::max(bytes, size_of(chain_.inputs[i].dtype));
    }
    for (auto& y : chain_.outputs) bytes = std::max(bytes, size_of(y.dtype));
    source_.width = std::min(widest, static_cast<int>(16 / bytes));
    source_.size = chain_.size();
  }

  template <class... A>
  void line(fmt::format_string<A...> format, A&&... a) {
    source_.text += fmt::format(format, std::forward<A>(a)...) + "\n";
  }

  void head() {
    line("#include <ramie/tensor/cuda/fused_device.h>\n");
    line("namespace ramie::kernels::fused {{");
    line("namespace chain{} {{\n", suffix_);
    line("using Given = Pointers<{}, {}>;\n", chain_.inputs.size(),
         std::max<std::size_t>(chain_.outputs.size(), 1));
  }

  // All loads come before the stores: a result may lie over an input.
  void compute() {
    line("template <int w>\n__device__ inline void compute(const Given& p, long long pack) {{");
    for (std::size_t i = 0; i < chain_.inputs.size(); ++i) load_before(i);
    for (std::size_t r = 0; r < chain_.results.size(); ++r)
      line("  Pack<{}, w> y{};", type_of(chain_.outputs[r].dtype), r);
    line("#pragma unroll\n  for (int j = 0; j < w; ++j) {{");
    for (std::size_t i = 0; i < chain_.inputs.size(); ++i) load_each(i);
    for (std::size_t k = 0; k < chain_.instructions.size(); ++k) instruction(k);
    for (std::size_t r = 0; r < chain_.results.size(); ++r)
      line("    y{}.v[j] = v{};", r, chain_.inputs.size() + chain_.results[r]);
    line("  }}");
    for (std::size_t r = 0; r < chain_.results.size(); ++r) line("  store_pack(p.y[{0}], pack, y{0});", r);
    line("}}\n");
  }
  void load_before(std::size_t i) {
    const auto type = type_of(chain_.inputs[i].dtype);
    if (in_packs(i))
      line("  const auto x{0} = load_pack<{1}, w>(p.x[{0}], pack);", i, type);
    else if (is_one_value(axes_[i]))
      line("  const auto v{0} = load<{1}>(p.x[{0}], 0);", i, type);
  }
  void load_each(std::size_t i) {
    if (in_packs(i))
      line("    const auto v{0} = x{0}.v[j];", i);
    else if (!is_one_value(axes_[i]))
      line("    const auto v{0} = load<{1}>(p.x[{0}], {2});", i, type_of(chain_.inputs[i].dtype), offset(i));
  }

  // Where the element is, from its number in row-major order. Division by constants is cheap.
  std::string offset(std::size_t input) const {
    const Axes& a = axes_[input];
    const bool small = chain_.size() < std::int64_t{1} << 31;
    const std::string number = small ? "static_cast<unsigned>(pack * w + j)" : "(pack * w + j)";
    std::string text;
    std::int64_t below = 1;
    for (int i = a.rank; i-- > 0;) {
      const auto at = static_cast<std::size_t>(i);
      std::string index = number;
      if (below > 1) index += fmt::format(" / {}", below);
      if (i > 0) index += fmt::format(" % {}", a.length[at]);
      below *= a.length[at];
      if (a.stride[at][0] == 0) continue;
      text +=
          fmt::format("{}static_cast<long long>({}) * {}", text.empty() ? "" : " + ", index, a.stride[at][0]);
    }
    return text;
  }

  void instruction(std::size_t k) {
    const auto& i = chain_.instructions[k];
    const std::size_t v = chain_.inputs.size() + k;
    if (std::holds_alternative<Cast>(i.kernel))
      return line("    const {0} v{1} = convert_on_device<{0}>(v{2});", type_of(i.dtype), v, i.operands[0]);
    const auto& e = std::get<Elementwise>(i.kernel);
    const auto [in, arguments] = operands(i, e);
    line("    const {0} v{1} = convert_on_device<{0}>(apply<formulas::{2}, {3}>({4}));", type_of(i.dtype), v,
         e.op->name, type_of(in), arguments);
  }
  struct Arguments {
    DType in;  // the type that the formula computes in
    std::string text;
  };
  Arguments operands(const Chain::Instruction& i, const Elementwise& e) const {
    std::array<Layout, kernels::most_operands> layouts;
    std::array<View, kernels::most_operands> views{};
    const auto n = static_cast<std::size_t>(i.tensors());
    for (std::size_t t = 0; t < n; ++t) {
      layouts[t] = Layout(chain_.dtype(i.operands[t]), {});
      views[t] = {nullptr, &layouts[t]};
    }
    const kernels::Operands o = e.operands(std::span(views).first(n));
    std::string text;
    for (std::size_t place = 0, t = 0; place < static_cast<std::size_t>(e.op->operands); ++place)
      text += (place ? ", " : "") +
              (o.tensor[place] ? fmt::format("v{}", i.operands[t++]) : number(o.in, o.number[place]));
    return {o.in, text};
  }
  // By its bits: NaN, infinity and -0 are numbers too.
  static std::string number(DType in, const kernels::Operands::Number& x) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, x.bytes, size_of(in));
    const bool wide = size_of(in) == 8;
    return fmt::format("number<{}>({}{{{:#x}}})", type_of(in), wide ? "std::uint64_t" : "std::uint32_t",
                       bits);
  }

  void packs() {
    const std::int64_t n = source_.size / source_.width, rest = source_.size % source_.width;
    kernel("fused_packs");
    line("  if (k < {0}) compute<{1}>(p, k);", n, source_.width);
    if (rest) line("  else if (k < {0}) compute<1>(p, {1} + (k - {2}));", n + rest, n * source_.width, n);
    line("}}");
  }
  void elements() {
    kernel("fused_elements");
    line("  if (k < {}) compute<1>(p, k);\n}}", source_.size);
    line("\n}}  // namespace chain{}\n}}  // namespace ramie::kernels::fused", suffix_);
  }
  void kernel(const char* name) {
    line("extern \"C\" __global__ void {}{}(Given p) {{", name, suffix_);
    line("  const long long k = static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;");
  }

  const Chain& chain_;
  const std::string& suffix_;
  std::vector<Axes> axes_;
  FusedSource source_;
};

}  // namespace

bool FusedSource::aligned(const Chain& chain, const View* y, const View* x) const {
  const auto fits = [&](const View& v) {
    const std::size_t bytes = size_of(v.layout->dtype) * static_cast<std::size_t>(width);
    return reinterpret_cast<std::uintptr_t>(v.data) % bytes == 0;
  };
  for (std::size_t i = 0; i < in_packs.size(); ++i)
    if (in_packs[i] && !fits(x[i])) return false;
  return std::all_of(y, y + chain.outputs.size(), fits);
}

FusedSource fused_source(const Chain& chain, const std::string& suffix) {
  return Writer(chain, suffix).run();
}

}  // namespace ramie::gpu
