// Passes: functions that rewrite a program and leave what it computes as it is. Each has a file of its own in
// passes/, and can be left out:
//
//   jit(f, {.passes = without("fusion", default_passes())});
//   std::cout << explain(program, default_passes());     // what each one has changed
//
// A new pass is a file passes/<name>.cpp with one function, its declaration here, and its place in
// default_passes().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ramie/tensor/program/program.h>

namespace ramie {

struct Pass {
  const char* name;
  void (*run)(Program& program);
};

namespace passes {
void dead_code(Program& program);              // steps that nobody needs
void common_subexpressions(Program& program);  // equal kernels on equal operands run once
void constant_folding(Program& program);       // what is the same in every run is computed now
void copy_elimination(Program& program);       // readers of a copy read the original, where they can
void loss_gradient(Program& program);          // a cross-entropy and its gradient become one
void fusion(Program& program);                 // chains of elementwise steps become one
void epilogues(Program& program);              // such a chain joins the product that it follows
void donation(Program& program);               // results go over inputs that are not needed any more
void arena(Program& program);                  // all temporaries share one block of memory
}  // namespace passes

std::vector<Pass> all_passes();
// Those of new jitted functions: all of them, unless RAMIE_PASSES names some ("dead_code,arena"; "none" for
// none) or set_default_passes was called.
std::vector<Pass> default_passes();
void set_default_passes(std::vector<Pass> passes);
std::vector<Pass> without(std::string_view name, std::vector<Pass> passes = all_passes());
std::vector<Pass> only(std::string_view name);

void run_passes(Program& program, const std::vector<Pass>& passes);
// A table: launches, FLOPs, bytes moved and peak memory before and after each pass.
std::string explain(Program program, const std::vector<Pass>& passes);

}  // namespace ramie
