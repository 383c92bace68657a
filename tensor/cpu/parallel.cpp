#include <ramie/tensor/cpu/parallel.h>

#include <ramie/tensor/error.h>

namespace ramie {

void set_threads(int n) {
  if (n < 0 || n > 4096)
    fail("set_threads", std::to_string(n) + " threads: give a number from 1, or 0 for all processors.");
  omp_set_num_threads(n ? n : omp_get_num_procs());
}
int threads() { return omp_get_max_threads(); }

}  // namespace ramie
