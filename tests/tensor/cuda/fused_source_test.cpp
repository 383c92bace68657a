#include <ramie/tensor/cuda/fused_source.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <dlfcn.h>
#include <unistd.h>

#include <ramie/tensor/cuda/device_headers.h>
#include <ramie/tensor/cuda/nvrtc.h>
#include <tensor/cuda/random_chains.h>

namespace ramie::gpu {
namespace {

namespace fs = std::filesystem;
using kernels::TestChain;

TEST(FusedSource, SaysWhatItComputes) {
  const Layout x{float32, {8}}, one{float16, {8}, {0}};
  using kernels::Elementwise;
  const kernels::Chain chain{
      .inputs = {x, one},
      .instructions = {{Elementwise(kernels::ops::add), {0, 1}, float32}, {kernels::Cast{bool_}, {2}, bool_}},
      .results = {0, 1},
      .outputs = {x, {bool_, {8}}}};
  const FusedSource s = fused_source(chain);
  EXPECT_EQ(s.width, 4);
  EXPECT_EQ(s.in_packs, (std::vector<bool>{true, false}));
  EXPECT_EQ(s.threads(true), 2);
  EXPECT_EQ(s.threads(false), 8);
  for (const char* line :
       {"  const auto x0 = load_pack<float, w>(p.x[0], pack);", "  const auto v1 = load<Half>(p.x[1], 0);",
        "const float v2 = convert_on_device<float>(apply<formulas::add, float>(v0, v1));",
        "const bool v3 = convert_on_device<bool>(v2);", "store_pack(p.y[1], pack, y1);"})
    EXPECT_NE(s.text.find(line), std::string::npos) << line << "\nis not in\n" << s.text;
}

TEST(FusedSource, CompilesForGpus) {
  if (!nvrtc::available()) GTEST_SKIP() << "no NVRTC";
  const auto chains = kernels::test_chains();
  for (std::size_t i = 0; i < chains.size(); i += i < 20 ? 1 : 7) {
    const std::string text = fused_source(chains[i].chain).text;
    for (int capability : {80, 90}) {
      const std::string binary = nvrtc::compile(text, capability);
      EXPECT_TRUE(
          binary.starts_with("\x7f"
                             "ELF"));
      EXPECT_NE(binary.find("fused_elements"), std::string::npos);
    }
  }
}

// ---- compiled as C++, on the simulated device's memory ---------------------------------------------------

// CUDA's part of the headers.
constexpr const char* runtime = R"(#pragma once
#define __device__
#define __global__
struct Index { unsigned x, y, z; };
static Index threadIdx, blockIdx, blockDim;
#define FUNCTION(name) extern "C" float name##f(float); extern "C" double name(double);
FUNCTION(fabs) FUNCTION(sqrt) FUNCTION(floor) FUNCTION(ceil) FUNCTION(rint) FUNCTION(exp) FUNCTION(expm1)
FUNCTION(log) FUNCTION(log1p) FUNCTION(sin) FUNCTION(cos) FUNCTION(tanh) FUNCTION(trunc) FUNCTION(exp2)
FUNCTION(log2) FUNCTION(log10) FUNCTION(cbrt) FUNCTION(tan) FUNCTION(asin) FUNCTION(acos) FUNCTION(atan)
FUNCTION(sinh) FUNCTION(cosh) FUNCTION(asinh) FUNCTION(acosh) FUNCTION(atanh) FUNCTION(lgamma)
#undef FUNCTION
#define FUNCTION(name) extern "C" float name##f(float, float); extern "C" double name(double, double);
FUNCTION(pow) FUNCTION(fmod) FUNCTION(copysign)
#undef FUNCTION
extern "C" float fmaf(float, float, float);
extern "C" double fma(double, double, double);
)";

class Compiled {
 public:
  explicit Compiled(const std::vector<TestChain>& chains)
      : folder_(fs::temp_directory_path() / ("ramie_fused_source_test." + std::to_string(getpid()))) {
    for (auto& h : device_headers()) write(h.name, h.text);
    write("cuda_runtime.h", runtime);
    std::string text = "#include <cuda_runtime.h>\n";
    for (std::size_t i = 0; i < chains.size(); ++i) text += program(chains[i], std::to_string(i));
    write("all.cpp", text);
    const std::string command = std::string(RAMIE_CXX_COMPILER) +
                                " -std=c++20 -O1 -shared -fPIC -nostdinc -nostdinc++ -ffp-contract=off "
                                "-fno-math-errno -Wall -Werror -Wno-unknown-pragmas "
                                "-Wno-unused -I" +
                                folder_.string() + " -o " + library() + " " + (folder_ / "all.cpp").string();
    if (std::system(command.c_str()) == 0) handle_ = dlopen(library().c_str(), RTLD_NOW);
  }
  ~Compiled() {
    if (handle_) dlclose(handle_);
    fs::remove_all(folder_);
  }
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  explicit operator bool() const { return handle_; }

  void run(const char* kernel, std::size_t i, void** pointers, std::int64_t threads) const {
    const std::string name = std::string("run_") + kernel + std::to_string(i);
    auto* f = reinterpret_cast<void (*)(void*, long long)>(dlsym(handle_, name.c_str()));
    ASSERT_NE(f, nullptr) << name;
    f(pointers, threads);
  }

 private:
  static std::string program(const TestChain& c, const std::string& number) {
    const FusedSource s = fused_source(c.chain, number);
    std::string text = s.text;
    for (const std::string kernel : {"fused_packs", "fused_elements"}) {
      if (kernel == "fused_packs" && s.width == 1) continue;
      text += "extern \"C\" void run_" + kernel + number + "(void* p, long long n) {\n";
      text += "  using namespace ramie::kernels::fused::chain" + number + ";\n  blockDim.x = 256;\n";
      text += "  for (blockIdx.x = 0; blockIdx.x * 256ll < n; ++blockIdx.x)\n";
      text += "    for (threadIdx.x = 0; threadIdx.x < 256; ++threadIdx.x)\n";
      text += "      " + kernel + number + "(*static_cast<Given*>(p));\n}\n";
    }
    return text;
  }
  std::string library() const { return (folder_ / "all.so").string(); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  fs::path folder_;
  void* handle_ = nullptr;
};

// To the bit, but for the bits of NaNs.
bool equal(const Tensor& a, const Tensor& b) {
  if (a.layout() != b.layout()) return false;
  if (!std::memcmp(a.view().data, b.view().data, a.layout().bytes())) return true;
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  return std::equal(x.begin(), x.end(), y.begin(), [](double p, double q) {
    return std::memcmp(&p, &q, sizeof p) == 0 || (std::isnan(p) && std::isnan(q));
  });
}

TEST(FusedSource, GivesWhatTheOpsGive) {
  if (!simulated()) GTEST_SKIP() << "on a GPU, ops_fused_test shows it";
  set_default_device(cuda(0));
  const auto chains = kernels::test_chains();
  const Compiled compiled(chains);
  ASSERT_TRUE(compiled);
  int in_packs = 0;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const auto& [chain, x] = chains[i];
    const FusedSource s = fused_source(chain);
    const std::vector<Tensor> wanted = launch_all(kernels::Fused(chain), std::vector<Tensor>(x));
    synchronize(cuda(0));
    for (const bool packs : {false, true}) {
      std::vector<Tensor> y;
      std::vector<View> views;
      std::vector<void*> pointers;
      for (auto& t : x) views.push_back(t.view());
      for (auto& l : chain.outputs) views.push_back(y.emplace_back(Tensor::empty(l, cuda(0))).view());
      for (auto& v : views) pointers.push_back(v.data);
      if (packs && (s.width == 1 || !s.aligned(chain, &views[x.size()], views.data()))) continue;
      in_packs += packs;
      compiled.run(packs ? "fused_packs" : "fused_elements", i, pointers.data(), s.threads(packs));
      for (std::size_t r = 0; r < y.size(); ++r)
        EXPECT_TRUE(equal(y[r], wanted[r]))
            << "result " << r << " of chain " << i << ", packs " << packs << "\n"
            << chains[i].text() << y[r] << "\n"
            << wanted[r];
    }
  }
  EXPECT_GT(in_packs, 40);
  set_default_device(cpu());
}

}  // namespace
}  // namespace ramie::gpu
