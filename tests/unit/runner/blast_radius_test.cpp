#include "framework/runner/blast_radius.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace bhsim::runner {
namespace {

Time after_s(int s) { return Time(std::chrono::seconds(s)); }

config::PlannedSwap swap_of(const char* class_name, bool valid) {
  config::PlannedSwap swap;
  swap.class_name = class_name;
  swap.valid = valid;
  return swap;
}

TEST(BlastRadius, WithoutAnInvalidVersion_IsEmpty) {
  BlastRadius blast;
  blast.took(after_s(1), "quote", 5, 5);
  blast.delivered(swap_of("Pricing", true), after_s(2));
  blast.took(after_s(3), "quote", 5, 0);
  EXPECT_EQ(blast.to_json(), nlohmann::json::object());
}

TEST(BlastRadius, SecondsUntilTheNextValidOne_GoToTheClassThatIsRefused) {
  BlastRadius blast;
  blast.delivered(swap_of("Pricing", false), after_s(10));
  blast.delivered(swap_of("Pricing", true), after_s(12));
  blast.delivered(swap_of("Policy", false), after_s(20));
  for (int s = 8; s < 24; ++s) {
    blast.took(after_s(s), "quote", 10, 9);
    blast.took(after_s(s), "order", 1, 1);
  }
  EXPECT_EQ(blast.to_json(),
            nlohmann::json::parse(R"({"Pricing": {"quote": {"planned": 20, "ok": 18},
                                                  "order": {"planned": 2, "ok": 2}},
                                      "Policy": {"quote": {"planned": 40, "ok": 36},
                                                 "order": {"planned": 4, "ok": 4}}})"));
}

// The load engine tells of a second when its last request has ended.
TEST(BlastRadius, SecondThatIsToldLate_GoesWhereItBegan) {
  BlastRadius blast;
  blast.delivered(swap_of("Pricing", false), after_s(10));
  blast.delivered(swap_of("Pricing", true), after_s(12));
  blast.took(after_s(11), "quote", 3, 2);
  EXPECT_EQ(blast.to_json()["Pricing"]["quote"]["ok"], 2);
}

}  // namespace
}  // namespace bhsim::runner
