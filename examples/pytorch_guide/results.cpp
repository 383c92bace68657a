#include "results.h"

#include <nlohmann/json.hpp>

#include "common/mnist.h"

void write_json(const Settings& s, std::int64_t parameters, std::int64_t batches_per_epoch,
                const std::vector<Epoch>& epochs) {
  nlohmann::ordered_json json = example::json_head(s.options, parameters);
  json["batches_per_epoch"] = batches_per_epoch;
  json["epochs"] = nlohmann::json::array();
  for (const Epoch& e : epochs)
    json["epochs"].push_back({{"losses", e.losses},
                              {"test_loss", e.test.loss},
                              {"test_accuracy", e.test.accuracy},
                              {"seconds", e.seconds}});
  example::write_json(s.options, json);
}
