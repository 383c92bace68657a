#include <ramie/data/resident.h>

#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/tensor/ops/elementwise.h>
#include <ramie/tensor/ops/index.h>
#include <ramie/tensor/ops/shuffled_indices.h>
#include <ramie/tensor/random.h>

namespace ramie::data {

Resident::Resident(const Split& split, const ResidentOptions& options)
    : options_(options),
      images_(transfer(split.images, default_device())),
      labels_(transfer(split.labels, default_device())),
      key_(random::key(options.seed)),
      step_(std::make_shared<Cell>()) {
  if (options.batch_size < 1 || options.batch_size > split.size())
    fail("Resident", fmt::format("batches of {} out of {} records: at least 1, at most all of them.",
                                 options.batch_size, split.size()));
  set(step_, zeros({}, uint32));
}

Batch Resident::next() {
  const Tensor at = get(step_);
  const Tensor indices =
      launch(kernels::ShuffledIndices{images_.shape(0), options_.batch_size, options_.shuffle}, key_, at);
  set(step_, launch(kernels::Elementwise::with_number(kernels::ops::add, 1, 1), at));
  return {{"image", launch(kernels::Take{0}, images_, indices)},
          {"label", launch(kernels::Take{0}, labels_, indices)}};
}

void Resident::set_step(Tensor step) {
  if (!step || step.dtype() != uint32 || step.rank() != 0)
    fail("Resident",
         fmt::format("the step is {}: it must be a uint32 scalar.", step ? str(step.layout()) : "undefined"));
  set(step_, transfer(step, images_.device()));
}

}  // namespace ramie::data
