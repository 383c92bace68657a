// Kernels of which the time is measured.
#pragma once

namespace ramie::speed {

void threads(unsigned blocks, unsigned threads);                        // that do nothing
void barriers(unsigned blocks, unsigned threads, int count, int* out);  // nothing but barriers
void shuffles(unsigned blocks, unsigned threads, int count, int* out);  // nothing but shuffles
void add(const float* a, const float* b, float* y, int n);              // float4 at a time
void sum(const float* x, float* partial, float* y, int n);              // partial[64]
void multiply(const float* a, const float* b, float* c, int n);  // [n,n] by tiles of 16 in shared memory

}  // namespace ramie::speed
