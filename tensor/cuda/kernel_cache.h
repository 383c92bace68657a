// Compiled kernels on disk, so that the next process need not compile them again.
//
//   KernelCache cache(KernelCache::default_folder());
//   std::string binary = cache.get(source + options, [&] { return compile(source, options); });
//
// A file's name is a hash of all that the binary depends on, and its first line says how long it is and what
// it sums up to: one that is cut off or damaged is compiled again and replaced. Files appear whole, by
// renaming, so any number of processes may share a folder; one that cannot be written is no error.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ramie::gpu {

class KernelCache {
 public:
  explicit KernelCache(std::string folder) : folder_(std::move(folder)) {}  // "": nothing is kept
  // $RAMIE_CACHE_DIR; else ramie/kernels in $XDG_CACHE_HOME or ~/.cache. Without any of these: "".
  static std::string default_folder();

  // What throws in `compile` is the caller's.
  std::string get(std::string_view depends_on, const std::function<std::string()>& compile) const;
  std::string path(std::string_view depends_on) const;

 private:
  std::string folder_;
};

}  // namespace ramie::gpu
