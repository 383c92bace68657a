// The names of kernels. They have internal linkage, so that only the symbol table in the program's file knows
// them.
#include <dlfcn.h>
#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <ramie/tensor/cuda/sim/state.h>

namespace ramie::sim {
namespace {

std::vector<char> contents(const char* file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class T>
const T* at(const std::vector<char>& file, std::size_t offset) {
  return reinterpret_cast<const T*>(file.data() + offset);
}

// The function that starts `offset` bytes behind the start of the program, or at that address.
std::string find_symbol(const std::vector<char>& file, std::uintptr_t offset, std::uintptr_t address) {
  if (file.size() < sizeof(Elf64_Ehdr) || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0) return "";
  const auto* header = at<Elf64_Ehdr>(file, 0);
  const auto* sections = at<Elf64_Shdr>(file, header->e_shoff);
  const std::uintptr_t value = header->e_type == ET_DYN ? offset : address;
  for (const auto* s = sections; s < sections + header->e_shnum; ++s) {
    if (s->sh_type != SHT_SYMTAB) continue;
    const auto* symbols = at<Elf64_Sym>(file, s->sh_offset);
    for (const auto* y = symbols; y < symbols + s->sh_size / sizeof(Elf64_Sym); ++y)
      if (ELF64_ST_TYPE(y->st_info) == STT_FUNC && y->st_value == value)
        return file.data() + sections[s->sh_link].sh_offset + y->st_name;
  }
  return "";
}

std::string look_up(const void* kernel) {
  Dl_info info{};
  if (!dladdr(kernel, &info)) return "";
  const auto address = reinterpret_cast<std::uintptr_t>(kernel);
  const auto base = reinterpret_cast<std::uintptr_t>(info.dli_fbase);
  std::vector<char> file = contents(info.dli_fname);
  if (file.empty()) file = contents("/proc/self/exe");
  return find_symbol(file, address - base, address);
}

}  // namespace
}  // namespace ramie::sim

cudaError_t cudaFuncGetName(const char** name, const void* kernel) {
  using namespace ramie::sim;
  const Lock locked = lock();
  static auto* names = new std::unordered_map<const void*, std::string>;
  const auto [it, fresh] = names->try_emplace(kernel);
  if (fresh) it->second = look_up(kernel);
  *name = it->second.c_str();
  return it->second.empty() ? failed(cudaErrorInvalidDeviceFunction) : cudaSuccess;
}
