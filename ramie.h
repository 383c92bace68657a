// All of ramie, as far as it is built and installed:
//
//   #include <ramie/ramie.h>
//
//   ramie::Tensor y = relu(x);      // ops, grad, backward
//   ramie::nn      modules, layers, metrics         ramie::optim   transformations, schedules, Optimizer
//   ramie::data    sources, operators, pipelines    ramie::train   files, progress, pictures
#pragma once

#include <ramie/autograd/anomaly.h>
#include <ramie/autograd/check.h>
#include <ramie/autograd/checkpoint.h>
#include <ramie/autograd/custom.h>
#include <ramie/autograd/draw.h>
#include <ramie/autograd/engine.h>
#include <ramie/autograd/explain.h>
#include <ramie/autograd/grad.h>
#include <ramie/autograd/hook.h>
#include <ramie/autograd/jacobian.h>
#include <ramie/autograd/jit.h>
#include <ramie/autograd/jvp.h>
#include <ramie/autograd/saved_tensors.h>
#include <ramie/autograd/scan.h>
#include <ramie/autograd/vmap.h>
#include <ramie/nn/attention.h>
#include <ramie/nn/conv.h>
#include <ramie/nn/dropout.h>
#include <ramie/nn/embed.h>
#include <ramie/nn/hooks.h>
#include <ramie/nn/initializers.h>
#include <ramie/nn/intermediates.h>
#include <ramie/nn/jit.h>
#include <ramie/nn/linear.h>
#include <ramie/nn/linen.h>
#include <ramie/nn/lora.h>
#include <ramie/nn/losses.h>
#include <ramie/nn/metrics.h>
#include <ramie/nn/module.h>
#include <ramie/nn/norm.h>
#include <ramie/nn/prelu.h>
#include <ramie/nn/recurrent.h>
#include <ramie/nn/rngs.h>
#include <ramie/nn/sequential.h>
#include <ramie/nn/summary.h>
#include <ramie/nn/transforms.h>
#include <ramie/nn/view.h>
#include <ramie/nn/weight_norm.h>
#include <ramie/ops.h>
#include <ramie/optim/functional.h>
#include <ramie/optim/optimizer.h>
#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/random.h>

#if __has_include(<ramie/data/pipeline.h>)
#include <ramie/data/operators.h>
#include <ramie/data/pipeline.h>
#include <ramie/data/resident.h>
#include <ramie/data/samplers.h>
#include <ramie/data/sources.h>
#endif

#if __has_include(<ramie/train/figure.h>)
#include <ramie/train/callbacks.h>
#include <ramie/train/convert.h>
#include <ramie/train/figure.h>
#include <ramie/train/pictures.h>
#include <ramie/train/progress.h>
#include <ramie/train/safetensors.h>
#include <ramie/train/saved_state.h>
#include <ramie/train/tensorboard.h>
#include <ramie/train/trainer.h>
#endif
