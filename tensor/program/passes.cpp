#include <ramie/tensor/program/passes.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include <ramie/tensor/error.h>
#include <ramie/tensor/program/memory.h>

namespace ramie {
namespace {

Pass find_pass(std::string_view name) {
  std::string names;
  for (auto& p : all_passes()) {
    if (p.name == name) return p;
    names += (names.empty() ? "" : ", ") + std::string(p.name);
  }
  fail("passes", fmt::format("there is no pass '{}'; there are: {}.", name, names));
}

// "dead_code,arena"
std::vector<Pass> named_passes(std::string_view list) {
  std::vector<Pass> out;
  while (list != "none" && !list.empty()) {
    const auto comma = list.find(',');
    out.push_back(find_pass(list.substr(0, comma)));
    list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
  }
  return out;
}

struct Defaults {
  std::mutex mutex;
  std::vector<Pass> passes;
};
Defaults& defaults() {
  static Defaults d{{}, [] {
                      const char* names = std::getenv("RAMIE_PASSES");
                      return names ? named_passes(names) : all_passes();
                    }()};
  return d;
}

struct Row {
  Cost cost;
  MemoryPlan memory;
};
Row measure(const Program& p) { return {cost(p), p.memory ? *p.memory : plan_memory(p)}; }

std::string describe(const char* name, const Row& r) {
  return fmt::format("| {:<22} | {:>8} | {:>12.4g} | {:>14.0f} | {:>12} |\n", name, r.cost.launches,
                     r.cost.flops, r.cost.bytes, r.memory.alive);
}

}  // namespace

std::vector<Pass> all_passes() {
  return {{"copy_elimination", passes::copy_elimination},
          {"constant_folding", passes::constant_folding},
          {"common_subexpressions", passes::common_subexpressions},
          {"dead_code", passes::dead_code},
          {"loss_gradient", passes::loss_gradient},
          {"fusion", passes::fusion},
          {"epilogues", passes::epilogues},
          {"donation", passes::donation},
          {"arena", passes::arena}};
}

std::vector<Pass> default_passes() {
  Defaults& d = defaults();
  const std::lock_guard lock(d.mutex);
  return d.passes;
}
void set_default_passes(std::vector<Pass> passes) {
  Defaults& d = defaults();
  const std::lock_guard lock(d.mutex);
  d.passes = std::move(passes);
}
std::vector<Pass> without(std::string_view name, std::vector<Pass> passes) {
  const Pass unwanted = find_pass(name);
  std::erase_if(passes, [&](const Pass& p) { return p.name == std::string_view(unwanted.name); });
  return passes;
}
std::vector<Pass> only(std::string_view name) { return {find_pass(name)}; }

void run_passes(Program& program, const std::vector<Pass>& passes) {
  for (auto& pass : passes) pass.run(program);
}

std::string explain(Program program, const std::vector<Pass>& passes) {
  std::string text =
      fmt::format("| {:<22} | {:>8} | {:>12} | {:>14} | {:>12} |\n|:---|---:|---:|---:|---:|\n", "pass",
                  "launches", "FLOPs", "bytes moved", "peak bytes");
  text += describe("as recorded", measure(program));
  for (auto& pass : passes) {
    pass.run(program);
    text += describe(pass.name, measure(program));
  }
  return text;
}

}  // namespace ramie
