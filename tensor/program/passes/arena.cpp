#include <ramie/tensor/program/memory.h>
#include <ramie/tensor/program/passes.h>

namespace ramie::passes {

void arena(Program& p) { p.memory = plan_memory(p); }

}  // namespace ramie::passes
