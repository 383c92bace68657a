#include <ramie/tensor/cuda/nvrtc.h>

#include <cuda_runtime.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <ramie/tensor/cuda/check.h>
#include <ramie/tensor/cuda/device_headers.h>
#include <ramie/tensor/error.h>
#if RAMIE_NVRTC
#include <nvrtc.h>
#endif

namespace ramie::gpu {

#if RAMIE_NVRTC
namespace {

void check(nvrtcResult result, const char* what) {
  if (result != NVRTC_SUCCESS) fail("nvrtc", fmt::format("{}: {}.", what, nvrtcGetErrorString(result)));
}

// The same arithmetic as in the kernels that nvcc compiles (cmake/RamieFlags.cmake). Functions without
// __device__ are constexpr ones, and serve both sides.
constexpr const char* fixed_options[] = {"--std=c++20", "--fmad=false",
                                         "--device-as-default-execution-space"};

std::vector<int> supported() {
  int count = 0;
  check(nvrtcGetNumSupportedArchs(&count), "the GPUs that it knows");
  std::vector<int> all(static_cast<std::size_t>(count));
  check(nvrtcGetSupportedArchs(all.data()), "the GPUs that it knows");
  return all;
}
// "sm_90", or "compute_90" where the GPU is younger than the library.
std::string architecture(int capability) {
  const std::vector<int> all = supported();
  if (std::find(all.begin(), all.end(), capability) != all.end()) return fmt::format("sm_{}", capability);
  int newest = 0;
  for (int c : all)
    if (c <= capability) newest = std::max(newest, c);
  if (newest == 0) fail("nvrtc", fmt::format("it does not know GPUs of compute capability {}.", capability));
  return fmt::format("compute_{}", newest);
}

class Source {
 public:
  explicit Source(const std::string& text) {
    std::vector<const char*> names, texts;
    for (auto& h : device_headers()) names.push_back(h.name), texts.push_back(h.text);
    check(nvrtcCreateProgram(&program_, text.c_str(), "fused.cu", static_cast<int>(names.size()),
                             texts.data(), names.data()),
          "reading a source");
  }
  ~Source() { nvrtcDestroyProgram(&program_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  std::string compile(const std::string& arch) {
    const std::string target = "--gpu-architecture=" + arch;
    std::vector<const char*> options{target.c_str()};
    options.insert(options.end(), std::begin(fixed_options), std::end(fixed_options));
    const auto result = nvrtcCompileProgram(program_, static_cast<int>(options.size()), options.data());
    if (result != NVRTC_SUCCESS) fail("nvrtc", fmt::format("{}:\n{}", nvrtcGetErrorString(result), log()));
    return arch.starts_with("sm_") ? text(nvrtcGetCUBINSize, nvrtcGetCUBIN)
                                   : text(nvrtcGetPTXSize, nvrtcGetPTX);
  }

 private:
  template <class Size, class Get>
  std::string text(Size size, Get get) const {
    std::size_t bytes = 0;
    check(size(program_, &bytes), "the size of what was compiled");
    std::string out(bytes, '\0');
    check(get(program_, out.data()), "what was compiled");
    return out;
  }
  std::string log() const { return text(nvrtcGetProgramLogSize, nvrtcGetProgramLog); }
  nvrtcProgram program_ = nullptr;
};

}  // namespace

bool nvrtc::available() {
  static const bool wanted = [] {
    const char* choice = std::getenv("RAMIE_NVRTC");
    return !choice || std::string_view(choice) != "0";
  }();
  return wanted;
}
std::string nvrtc::version() {
  int major = 0, minor = 0;
  check(nvrtcVersion(&major, &minor), "its version");
  return fmt::format("{}.{}", major, minor);
}
std::string nvrtc::describe(int capability) {
  std::string text = fmt::format("nvrtc {} {}", version(), architecture(capability));
  for (auto* o : fixed_options) text += fmt::format(" {}", o);
  for (auto& h : device_headers()) text += fmt::format("\n{}\n{}", h.name, h.text);
  return text;
}
std::string nvrtc::compile(const std::string& source, int capability) {
  return Source(source).compile(architecture(capability));
}

Module::Module(const std::string& binary) {
  cudaLibrary_t library = nullptr;
  check(cudaLibraryLoadData(&library, binary.data(), nullptr, nullptr, 0, nullptr, nullptr, 0), "nvrtc",
        "loading a compiled kernel");
  library_ = library;
}
Module::~Module() { cudaLibraryUnload(static_cast<cudaLibrary_t>(library_)); }
const void* Module::kernel(const char* name) const {
  cudaKernel_t found = nullptr;
  check(cudaLibraryGetKernel(&found, static_cast<cudaLibrary_t>(library_), name), "nvrtc",
        "finding a compiled kernel");
  return found;
}

#else

namespace {
[[noreturn]] void missing() { fail("nvrtc", "this build of ramie compiles no kernels at run time."); }
}  // namespace

bool nvrtc::available() { return false; }
std::string nvrtc::version() { missing(); }
std::string nvrtc::describe(int) { missing(); }
std::string nvrtc::compile(const std::string&, int) { missing(); }
Module::Module(const std::string&) { missing(); }
Module::~Module() = default;
const void* Module::kernel(const char*) const { missing(); }

#endif

int nvrtc::capability(int device) {
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "nvrtc", "the GPU's kind");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "nvrtc", "the GPU's kind");
  return 10 * major + minor;
}

}  // namespace ramie::gpu
