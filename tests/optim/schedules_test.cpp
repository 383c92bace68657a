#include <ramie/optim/schedules.h>

#include <gtest/gtest.h>

#include <optional>

#include "optim/reference.h"

namespace ramie::optim {
namespace {

std::optional<Schedule> made(const std::string& name, const oracle::Json& s) {
  auto value = [&](const char* key) { return s.value(key, 0.); };
  const double exponent = s.value("exponent", 1.);
  if (name == "constant_schedule") return constant_schedule(value("value"));
  if (name == "linear_schedule")
    return linear_schedule(value("init_value"), value("end_value"), s["transition_steps"],
                           s["transition_begin"]);
  if (name == "cosine_decay_schedule")
    return cosine_decay_schedule(value("init_value"), s["decay_steps"], value("alpha"), exponent);
  if (name == "warmup_cosine_decay_schedule")
    return warmup_cosine_decay_schedule(value("init_value"), value("peak_value"), s["warmup_steps"],
                                        s["decay_steps"], value("end_value"), exponent);
  if (name == "exponential_decay")
    return exponential_decay(value("init_value"), s["transition_steps"], value("decay_rate"),
                             s.value("transition_begin", 0), s.value("staircase", false),
                             s.contains("end_value") ? std::optional(value("end_value")) : std::nullopt);
  if (name == "join_schedules")
    return join_schedules({linear_schedule(0, 1, 5), constant_schedule(1), exponential_decay(1, 4, 0.5)},
                          {5, 9});
  return {};  // not offered
}

TEST(Schedules, GiveOptaxsValues) {
  int compared = 0;
  for (auto& c : reference().at("schedules")) {
    const auto schedule = made(c.at("name"), c.at("settings"));
    if (!schedule) continue;
    ++compared;
    SCOPED_TRACE(c["name"].get<std::string>() + " " + c["settings"].dump());
    for (std::size_t i = 0; i < c.at("counts").size(); ++i) {
      const Tensor value = (*schedule)(full({}, c["counts"][i].get<int>(), int32));
      EXPECT_EQ(str(value.layout()), "float64[]");
      EXPECT_NEAR(value.item(), c.at("values")[i].get<double>(), 1e-15) << "at " << c["counts"][i];
    }
  }
  EXPECT_EQ(compared, 9);
}

TEST(Schedules, WorkedByHand) {
  const Schedule down = linear_schedule(1, 0, 4);
  EXPECT_EQ(down(tensor(1)).item(), 0.75);
  EXPECT_EQ(down(tensor(9)).item(), 0);
  EXPECT_NEAR(cosine_decay_schedule(2, 10)(tensor(5)).item(), 1, 1e-15);
  EXPECT_EQ(exponential_decay(1, 2, 0.25)(tensor(1)).item(), 0.5);
}

TEST(Schedules, ErrorsTellTheLimits) {
  EXPECT_EQ(error_of([] { linear_schedule(1, 0, 0); }), "[linear_schedule] 0 steps: it must be at least 1.");
  EXPECT_EQ(error_of([] { cosine_decay_schedule(1, -1); }),
            "[cosine_decay_schedule] -1 steps: it must be at least 1.");
  EXPECT_EQ(error_of([] { exponential_decay(1, 0, 0.5); }),
            "[exponential_decay] 0 steps: it must be at least 1.");
  EXPECT_EQ(error_of([] { warmup_cosine_decay_schedule(0, 1, 5, 5); }),
            "[cosine_decay_schedule] 0 steps: it must be at least 1.");
  EXPECT_EQ(error_of([] { join_schedules({constant_schedule(1)}, {3}); }),
            "[join_schedules] 1 schedules need 0 boundaries, not 1.");
}

}  // namespace
}  // namespace ramie::optim
