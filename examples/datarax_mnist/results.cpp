#include "results.h"

#include <nlohmann/json.hpp>
#include <numeric>

namespace example {

double mean(const std::vector<double>& x) {
  return x.empty() ? 0 : std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

std::vector<double> joined(const Results& results, std::vector<double> Epoch::*values) {
  std::vector<double> all;
  for (const Epoch& epoch : results) all.insert(all.end(), (epoch.*values).begin(), (epoch.*values).end());
  return all;
}

nlohmann::ordered_json json(const Results& results) {
  auto epochs = nlohmann::ordered_json::array();
  for (const Epoch& e : results)
    epochs.push_back({{"train_loss", mean(e.losses)},
                      {"test_accuracy", e.accuracy},
                      {"seconds", e.seconds},
                      {"losses", e.losses},
                      {"samples_per_second", e.throughputs}});
  return epochs;
}

nlohmann::ordered_json json(const ramie::data::Report& report) {
  return {{"seconds", report.seconds},
          {"model_waited", report.model_waited},
          {"data_waited", report.data_waited}};
}

}  // namespace example
