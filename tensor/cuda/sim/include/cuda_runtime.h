// Found in place of CUDA's own header when the .cu files are compiled for the simulated device
// (docs/cuda_sim.md).
#pragma once

#include <ramie/tensor/cuda/sim/atomics.h>
#include <ramie/tensor/cuda/sim/intrinsics.h>
#include <ramie/tensor/cuda/sim/language.h>
#include <ramie/tensor/cuda/sim/launch.h>
#include <ramie/tensor/cuda/sim/runtime.h>
#include <ramie/tensor/cuda/sim/vector_types.h>
#include <ramie/tensor/cuda/sim/warp.h>
