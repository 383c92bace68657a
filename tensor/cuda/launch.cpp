#include <ramie/tensor/cuda/launch.h>

#include <cxxabi.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <ramie/tensor/error.h>

namespace ramie {
namespace {

// void ramie::kernels::(anonymous namespace)::scale<float>(float*, int)  ->  scale<float>
std::string short_name(std::string_view name) {
  constexpr std::string_view local = "(anonymous namespace)::";
  if (const auto at = name.find(local); at != name.npos) name.remove_prefix(at + local.size());
  return std::string(name.substr(0, name.find('(')));
}

std::string name_of(const void* kernel) {
  const char* mangled = nullptr;
  if (cudaFuncGetName(&mangled, kernel) != cudaSuccess) return cudaGetLastError(), "";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return short_name(status == 0 ? name.get() : mangled);
}

// "[op] CUDA kernel scale<float>", or where it was launched if its name is not known.
std::string title(const void* kernel, const char* op, const char* file, int line) {
  const std::string name = name_of(kernel);
  return fmt::format("[{}] CUDA kernel {}", op, name.empty() ? fmt::format("of {}:{}", file, line) : name);
}

}  // namespace

void detail::launch_failed(cudaError_t error, const void* kernel, const LaunchShape& s,
                           const LaunchSite& at) {
  const std::string text = cudaGetErrorString(error);
  cudaGetLastError();
  if (text.starts_with("[")) throw Error(text);  // a simulated kernel that broke a rule says so itself
  throw Error(fmt::format("{}: {}: grid ({},{},{}), block ({},{},{}), {} bytes of shared memory",
                          title(kernel, at.cuda.op, at.file, at.line), text, s.grid.x, s.grid.y, s.grid.z,
                          s.block.x, s.block.y, s.block.z, s.shared_bytes));
}

#if RAMIE_SIM
std::string sim::describe(const void* kernel, const char* op, const char* file, int line) {
  return title(kernel, op, file, line);
}
#endif

}  // namespace ramie
