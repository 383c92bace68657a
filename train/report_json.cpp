#include <ramie/train/report.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace ramie::train {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(std::optional<double> value) { return value ? Json(*value) : Json(); }

Json time_json(const TrainingReport::Time& time) {
  if (!time) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(*time)));
}

Json model_json(const ModelInfo& model) {
  return {{"name", model.name},
          {"parameters", model.total},
          {"trainable_parameters", model.trainable},
          {"bytes", model.bytes},
          {"device", model.device}};
}

Json hardware_json(const HardwareUse& use) {
  return {{"cpu", use.cpu.empty() ? Json() : Json(use.cpu)},
          {"cores", use.cores > 0 ? Json(use.cores) : Json()},
          {"threads", use.threads > 0 ? Json(use.threads) : Json()},
          {"average_cpu_percent", or_null(use.average_cpu)},
          {"peak_cpu_percent", or_null(use.peak_cpu)},
          {"average_memory_bytes", or_null(use.average_memory)},
          {"peak_memory_bytes", or_null(use.peak_memory)},
          {"average_gpu_memory_bytes", or_null(use.average_gpu_memory)},
          {"peak_gpu_memory_bytes", or_null(use.peak_gpu_memory)}};
}

Json checkpoints_json(const std::vector<CheckpointFile>& files) {
  Json out = Json::array();
  for (const auto& file : files)
    out.push_back({{"path", file.path.string()},
                   {"bytes", file.bytes},
                   {"epoch", file.epoch > 0 ? Json(file.epoch) : Json()},
                   {"best", file.best}});
  return out;
}

Json best_json(const History& history) {
  Json out = Json::object();
  for (const auto& [name, value] : history.nested().best_metrics)
    out[name] = {{"value", value}, {"epoch", history.best(name).epoch}};
  return out;
}

}  // namespace

std::string TrainingReport::json() const {
  const Json out = {{"model", model_json(model)},
                    {"epochs", epochs},
                    {"planned_epochs", planned_epochs},
                    {"batches", batches},
                    {"ended_by", name(ended_by)},
                    {"ended_note", ended_note},
                    {"seconds", seconds},
                    {"epoch_seconds", epoch_seconds},
                    {"examples_per_second", or_null(examples_per_second)},
                    {"started", time_json(started)},
                    {"completed", time_json(completed)},
                    {"hardware", hardware_json(hardware)},
                    {"best_metrics", best_json(history)},
                    {"history", history.series()},
                    {"checkpoints", checkpoints_json(checkpoints)},
                    {"warnings", warnings}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace);  // of text that is not UTF-8
}

}  // namespace ramie::train
