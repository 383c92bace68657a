// Where a pipeline's time went, and who waited for whom.
//
//   std::cout << train.report();
//
//   step                                 elements   ms each   share
//   MNIST(train[:10000])[10000]
//   batch(128)                                 79     0.021    4.1 %
//   Noise(image, gaussian, std 0.1)            79     0.151   29.0 %
//   prefetch(4, 1 worker)                      79                     3.9 of 4 ready when asked
//   The model waited for data 0.011 s of 12.3 s (0.1 %), the data for the model 11.2 s (91.0 %).
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace ramie::data {

struct StepReport {
  std::string text;             // as in Pipeline::describe()
  std::int64_t elements = 0;    // made
  double seconds = 0;           // of all threads, without the steps before it
  std::int64_t queue_size = 0;  // of prefetch(); 0: it is none
  double ready = 0;             // elements in the queue when the consumer asked, on average
};

struct Report {
  std::vector<StepReport> steps;  // from the source to the end
  double seconds = 0;             // from the first request of each loop to its last, all loops together
  double model_waited = 0;        // of these, inside next(): nothing to compute on
  double data_waited = 0;         // for room in the last queue: the pipeline could have done more
  std::string table() const;
};
std::ostream& operator<<(std::ostream& out, const Report& report);

}  // namespace ramie::data
