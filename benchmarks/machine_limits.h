// What the default device can do at most, measured when first asked for.
#pragma once

struct Limits {
  double gflops;     // float32: multiply-adds in registers on all threads; on a GPU, cuBLAS' largest product
  double gigabytes;  // a large copy, read and written
};
const Limits& machine_limits();
