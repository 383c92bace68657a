// What this machine can do at most, measured when first asked for.
#pragma once

struct Limits {
  double gflops;     // float32 multiply-adds in registers, on all threads that kernels use
  double gigabytes;  // a large copy, read and written, on as many
};
const Limits& machine_limits();
