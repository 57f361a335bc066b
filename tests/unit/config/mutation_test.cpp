// Thousands of small damages to every shipped file: whatever a hand or an editor may do to it, the
// answer is a value or an error that names its place, never a crash, an exception or a wait.

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "framework/config/loaders.hpp"
#include "framework/config/timeline.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

void damage(std::string& text, Dice& dice) {
  static const std::vector<std::string> pieces{":",
                                               "- ",
                                               "{",
                                               "}",
                                               "[",
                                               "]",
                                               "\"",
                                               "'",
                                               "#",
                                               "&a ",
                                               "*a",
                                               "!",
                                               "|",
                                               ">",
                                               "%",
                                               "\t",
                                               "\n",
                                               "  ",
                                               "\r\n",
                                               "\xff",
                                               "\xc3",
                                               "~",
                                               "null",
                                               "---",
                                               "...",
                                               "<<",
                                               "? ",
                                               "1e999",
                                               "-9223372036854775809",
                                               "\x01",
                                               "@",
                                               "`",
                                               "99999999999999999999",
                                               "true"};
  const auto at = dice.below(text.size() + 1);
  const auto length = std::min<std::size_t>(text.size() - at, 1 + dice.below(8));
  switch (dice.below(6)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, pieces[dice.below(pieces.size())]);
      break;
    case 2:
      text.insert(at, text.substr(at, length));
      break;
    case 3:
      if (at < text.size()) text[at] = static_cast<char>(dice.below(256));
      break;
    case 4:
      text.resize(at);
      break;
    default: {
      // A line goes elsewhere.
      const auto from = text.rfind('\n', at);
      const auto to = text.find('\n', at);
      if (from == std::string::npos || to == std::string::npos) break;
      const auto line = text.substr(from, to - from);
      text.erase(from, to - from);
      text.insert(dice.below(text.size() + 1), line);
    }
  }
}

template <typename T>
void try_all(const Path& file, Result<T> (*parse)(std::string_view, const std::string&)) {
  const std::string text = *read_file(kRoot / file);
  ASSERT_TRUE(parse(text, "f.yml")) << file;
  static const std::regex place("f\\.yml:[1-9][0-9]*:[1-9][0-9]*: [^\n]+(\n.*)*");
  Dice dice(2026);
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = text;
    for (auto n = 1 + dice.below(3); n > 0; --n) damage(damaged, dice);
    const auto result = parse(damaged, "f.yml");
    if (result) continue;
    ++refused;
    ASSERT_EQ(result.error().code, ErrorCode::config);
    ASSERT_TRUE(result.error().message.starts_with("f.yml:")) << result.error().message;
    const auto first = result.error().message.substr(0, result.error().message.find('\n'));
    ASSERT_TRUE(std::regex_match(first, place)) << first;
  }
  EXPECT_GT(refused, 300);
}

Result<Thresholds> parse_thresholds_alone(std::string_view text, const std::string& name) {
  return parse_thresholds(text, name);
}

TEST(Mutations, OfAContract_AreValuesOrErrors) {
  try_all("configs/apps/ProductionSimulationApp.yml", parse_contract);
}
TEST(Mutations, OfAnAgentProfile_AreValuesOrErrors) {
  try_all("configs/agents/reference.yml", parse_agent_profile);
}
TEST(Mutations, OfTheProductionConfiguration_AreValuesOrErrors) {
  try_all("configs/production-config.yml", parse_production_config);
}
TEST(Mutations, OfALoadProfile_AreValuesOrErrors) {
  try_all("configs/load/high.yml", parse_load_profile);
}
TEST(Mutations, OfASimulation_AreValuesOrErrors) {
  try_all("simulations/production.yml", parse_simulation);
}
TEST(Mutations, OfThresholds_AreValuesOrErrors) {
  try_all("configs/thresholds/production.yml", parse_thresholds_alone);
}

// Whatever a damaged simulation still is, its timeline is bounded and holds together.
TEST(Mutations, OfASimulation_GiveBoundedTimelines) {
  const std::string text = *read_file(kRoot / "simulations/production.yml");
  const auto contract = *load_contract(kRoot / "configs/apps/ProductionSimulationApp.yml");
  const auto agent = *load_agent_profile(kRoot / "configs/agents/reference.yml");
  Dice dice(7);
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = text;
    damage(damaged, dice);
    const auto simulation = parse_simulation(damaged, "f.yml");
    if (!simulation) continue;
    for (const auto d :
         {Nanos(std::chrono::seconds(1)), Nanos(std::chrono::minutes(10)), simulation->duration}) {
      const auto table = plan_timeline({*simulation, contract, agent, d, 1});
      if (!table) continue;
      ASSERT_LE(table->swaps.size(), 1'000'000U);
      Nanos sum{};
      for (const auto& phase : table->phases) sum += phase.length;
      ASSERT_EQ(sum, d);
      ASSERT_TRUE(std::ranges::is_sorted(table->swaps, {}, &PlannedSwap::at));
    }
  }
}

}  // namespace
}  // namespace bhsim::config
