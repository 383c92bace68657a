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

void write_json(const Settings& s, std::int64_t parameters, const Results& results,
                const ramie::data::Pipeline& pipeline) {
  nlohmann::ordered_json json = json_head(s.options, parameters);
  json["pipeline"] = pipeline.describe();
  json["epochs"] = nlohmann::json::array();
  for (const Epoch& e : results)
    json["epochs"].push_back({{"train_loss", mean(e.losses)},
                              {"test_accuracy", e.accuracy},
                              {"seconds", e.seconds},
                              {"losses", e.losses},
                              {"samples_per_second", e.throughputs}});
  const ramie::data::Report report = pipeline.report();
  json["waiting"] = {{"seconds", report.seconds},
                     {"model_waited", report.model_waited},
                     {"data_waited", report.data_waited}};
  write_json(s.options, json);
}

}  // namespace example
