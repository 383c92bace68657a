// The checkpoints of a Trainer: one safetensors file with all tensors, and places and counts in its metadata.
#include <charconv>
#include <map>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include <ramie/tensor/create.h>
#include <ramie/tensor/error.h>
#include <ramie/train/saved_state.h>
#include <ramie/train/training.h>
#include <ramie/train/write_file.h>

namespace ramie::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "ramie training 1";
constexpr std::string_view kHistory = "history.", kCallbacks = "callbacks.";

void add_below(std::vector<nn::Found>& all, const std::string& prefix, const std::vector<nn::Found>& part) {
  for (const auto& [path, variable, kind] : part) all.push_back({prefix + path, variable, kind});
}

// Metadata, with errors that name the file.
class Facts {
 public:
  Facts(const fs::path& file, const Metadata& metadata) : file_(file), metadata_(metadata) {
    if (!metadata.contains("format") || text("format") != kFormat)
      fail("Trainer", fmt::format("{} is no checkpoint of a training. Weights alone are read by load_state.",
                                  file.string()));
  }
  const std::string& text(const std::string& name) const {
    const auto at = metadata_.find(name);
    if (at == metadata_.end()) damaged(name);
    return at->second;
  }
  std::int64_t count(const std::string& name, std::int64_t most = std::int64_t{1} << 53) const {
    const std::string& digits = text(name);
    std::int64_t value = -1;
    const char* const end = digits.data() + digits.size();
    const auto [behind, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || behind != end || value < 0 || value > most) damaged(name);
    return value;
  }
  [[noreturn]] void damaged(const std::string& name) const {
    fail("Trainer",
         fmt::format("{} is damaged: its '{}' is missing or no such value.", file_.string(), name));
  }

 private:
  const fs::path& file_;
  const Metadata& metadata_;
};

// The tensors of a file by what their names begin with; the names are cut.
struct Parts {
  nn::State variables, history, callbacks;
};
Parts split(const nn::State& tensors) {
  Parts out;
  for (const auto& [name, value] : tensors) {
    if (name.starts_with(kHistory))
      out.history.add(name.substr(kHistory.size()), value);
    else if (name.starts_with(kCallbacks))
      out.callbacks.add(name.substr(kCallbacks.size()), value);
    else
      out.variables.add(name, value);
  }
  return out;
}

History history_of(const nn::State& series, std::int64_t epochs, const Facts& facts) {
  if (series.empty() && epochs > 0) facts.damaged("epochs_done");
  for (const auto& [name, values] : series)
    if (values.dtype() != float64 || values.shape() != Shape{epochs}) facts.damaged("history." + name);
  std::map<std::string, std::vector<double>> columns;
  for (const auto& [name, values] : series) columns[name] = values.to_vector<double>();
  History out;
  for (std::size_t epoch = 0; epoch < static_cast<std::size_t>(epochs); ++epoch) {
    std::map<std::string, double> row;
    for (const auto& [name, values] : columns) row[name] = values[epoch];
    out.add_epoch(row);
  }
  return out;
}

// What a run that was killed in the middle of a rename has left (write_file.h).
void remove_parts(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".part" && entry.path().filename().string().starts_with("checkpoint"))
      fs::remove(entry.path());
}

// The file's values, where the variables are.
nn::State fitting(const fs::path& path, const std::vector<nn::Found>& variables, const nn::State& file) {
  std::vector<detail::Wanted> wanted;
  std::set<const Cell*> seen;
  for (const auto& [name, variable, kind] : variables)
    wanted.push_back({name, variable->value().layout(), seen.insert(variable->cell().get()).second});
  detail::match("Trainer", path.string(), wanted, file, true);
  nn::State out;
  for (const auto& [name, variable, kind] : variables)
    if (const Tensor* value = file.find(name)) out.add(name, value->to(variable->value().device()));
  return out;
}

// What stands before the names of a callback's state. Several of one name are numbered: "EarlyStopping
// val_loss.", "EarlyStopping val_loss 2.".
std::vector<std::string> prefixes(const std::vector<std::shared_ptr<Callback>>& callbacks) {
  std::map<std::string, int> met;
  std::vector<std::string> out;
  for (const auto& callback : callbacks) {
    const std::string name = callback->name();
    const int number = ++met[name];
    out.push_back(number == 1 ? name + "." : fmt::format("{} {}.", name, number));
  }
  return out;
}

nn::State states_of(const std::vector<std::shared_ptr<Callback>>& callbacks) {
  const std::vector<std::string> prefix = prefixes(callbacks);
  nn::State out;
  for (std::size_t i = 0; i < callbacks.size(); ++i)
    if (!callbacks[i]->name().empty())
      for (const auto& [path, value] : callbacks[i]->state()) out.add(prefix[i] + path, value);
  return out;
}

// A callback of which the file has nothing is left as it is.
void load(const std::vector<std::shared_ptr<Callback>>& callbacks, const nn::State& states) {
  const std::vector<std::string> prefix = prefixes(callbacks);
  for (std::size_t i = 0; i < callbacks.size(); ++i) {
    nn::State own;
    for (const auto& [path, value] : states)
      if (path.starts_with(prefix[i])) own.add(path.substr(prefix[i].size()), value);
    if (!own.empty() && !callbacks[i]->name().empty()) callbacks[i]->load(own);
  }
}

// All or none of them.
void load_callbacks(const std::vector<std::shared_ptr<Callback>>& callbacks, const nn::State& states) {
  const nn::State before = states_of(callbacks);
  try {
    load(callbacks, states);
  } catch (...) {
    load(callbacks, before);
    throw;
  }
}

}  // namespace

fs::path Training::folder() const { return config_.checkpoint_dir / config_.project_name; }
fs::path Training::newest_checkpoint() const { return folder() / "checkpoint.safetensors"; }

// Before hours of training, not after.
void Training::prepare_folder() {
  if (config_.checkpoint_dir.empty()) {
    if (config_.resume_training) fail("Trainer", "resume_training is set, but there is no checkpoint_dir.");
    return;
  }
  std::error_code error;
  fs::create_directories(folder(), error);
  if (error)
    fail("Trainer", fmt::format("cannot make the folder {}: {}.", folder().string(), error.message()));
  detail::write_file("Trainer", folder() / ".writable", "");
  fs::remove(folder() / ".writable");
  remove_parts(folder());
  const bool begun = step_ > 0 || history_.epochs() > 0;
  if (begun || !fs::exists(newest_checkpoint())) return;
  if (!config_.resume_training)
    fail("Trainer",
         fmt::format("{} is there already. Set resume_training to go on from it, or choose another "
                     "checkpoint_dir or project_name.",
                     newest_checkpoint().string()));
  load_checkpoint(newest_checkpoint());
}

std::vector<nn::Found> Training::state_variables() const {
  std::vector<nn::Found> out;
  add_below(out, "model.", model_.variables());
  add_below(out, "optimizer.", detail::every_path(model_.optimizer));
  add_below(out, "totals.", detail::every_path(totals_));
  return out;
}

nn::State Training::tensors() const {
  nn::State out = nn::detail::state(nn::detail::distinct(state_variables()), nn::rest);
  for (const auto& [name, values] : history_) out.add(std::string(kHistory) + name, from_vector(values));
  for (const auto& [name, value] : states_of(callbacks_)) out.add(std::string(kCallbacks) + name, value);
  return out;
}

Metadata Training::metadata() const {
  return {{"format", kFormat},
          {"model", model_.info.name},
          {"epoch", std::to_string(epoch_)},
          {"epochs_done", std::to_string(history_.epochs())},
          {"step", std::to_string(step_)},
          {"step_in_epoch", std::to_string(step_in_epoch_)},
          {"in_epoch", in_epoch_ ? "1" : "0"},
          {"stop_reason", stop_reason_},
          {"stopped_by", std::to_string(static_cast<int>(stopped_by_))},
          {"data", str(place_)},
          {"history", history_.json()}};  // for people: the numbers are tensors
}

void Training::save_checkpoint(const fs::path& path) const { save_safetensors(path, tensors(), metadata()); }

void Training::load_checkpoint(const fs::path& path) {
  const Safetensors file = load_safetensors(path);
  const Facts facts(path, file.metadata);
  const Parts parts = split(file.tensors);
  const std::int64_t epoch = facts.count("epoch"), step = facts.count("step"),
                     step_in_epoch = facts.count("step_in_epoch", step),
                     in_epoch = facts.count("in_epoch", 1);
  const std::string stop_reason = facts.text("stop_reason");
  const auto stopped_by =
      static_cast<EndedBy>(facts.count("stopped_by", static_cast<int>(EndedBy::callback)));
  History history = history_of(parts.history, facts.count("epochs_done"), facts);
  if (epoch != history.epochs() + in_epoch) facts.damaged("epoch");
  const std::vector<nn::Found> variables = state_variables();
  nn::State values = fitting(path, variables, parts.variables);
  const data::PipelineState place = data::parse_pipeline_state(facts.text("data"));
  data::Iterator batches = train_.iterator(place);
  load_callbacks(callbacks_, parts.callbacks);
  nn::detail::update(variables, values);
  epoch_ = epoch, step_ = step, step_in_epoch_ = step_in_epoch, in_epoch_ = in_epoch != 0;
  stop_reason_ = stop_reason;
  stopped_by_ = stopped_by;
  history_ = std::move(history);
  place_ = fetched_ = place;
  batches_ = std::move(batches);
}

// A training of hours does not end because a disk is full for a while. Gives the error.
std::string Training::save_or_warn(const fs::path& path) {
  try {
    save_checkpoint(path);
    std::erase_if(report_.checkpoints, [&](const CheckpointFile& f) { return f.path == path; });
    report_.checkpoints.push_back({path, fs::file_size(path), epoch_});
    return "";
  } catch (const std::exception& e) {
    warn(e.what());
    return e.what();
  }
}

void Training::checkpoint() {
  check_finite();
  if (!config_.checkpoint_dir.empty()) save_error_ = save_or_warn(newest_checkpoint());
}

void Training::checkpoint_after_step() {
  if (config_.checkpoint_every_steps == 0 || step_ % config_.checkpoint_every_steps != 0) return;
  checkpoint();
}

void Training::checkpoint_after_epoch() {
  const bool ends = epoch_ == last_epoch() || !stop_reason_.empty();
  if (config_.checkpoint_dir.empty() || (epoch_ % config_.checkpoint_every != 0 && !ends)) return;
  checkpoint();
  if (config_.keep_all_checkpoints)
    save_or_warn(folder() / fmt::format("checkpoint-epoch-{}.safetensors", epoch_));
}

}  // namespace ramie::train
