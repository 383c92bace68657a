#include <ramie/tensor/precision.h>

#include <array>
#include <atomic>
#include <utility>

#include <ramie/tensor/error.h>

namespace ramie {
namespace {

constexpr std::array names = {"strict", "tf32", "bf16"};

constinit std::atomic<Precision> of_process = Precision::strict;
constinit thread_local std::optional<Precision> of_thread;

}  // namespace

Precision precision() { return of_thread ? *of_thread : of_process.load(std::memory_order_relaxed); }
void set_precision(Precision p) { of_process.store(p, std::memory_order_relaxed); }

PrecisionScope::PrecisionScope(Precision p) : before_(std::exchange(of_thread, p)) {}
PrecisionScope::~PrecisionScope() { of_thread = before_; }

std::string str(Precision p) { return names[static_cast<std::size_t>(p)]; }

Precision parse_precision(const std::string& text) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (text == names[i]) return static_cast<Precision>(i);
  fail("precision", "'" + text + "' is none of strict, tf32, bf16.");
}

}  // namespace ramie
