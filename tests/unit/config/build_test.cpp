#include "framework/config/build.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "framework/config/feasibility.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "requests.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string error_of(const PlanRequest& request) {
  const auto plan = build_plan(request);
  return plan ? "no error" : plan.error().message;
}

// --- the main job

TEST(Build, TenMinutes_FeedEveryRequiredCheckButTheTrendOfAnHourAndThoseOfManyFaults) {
  const auto plan = build_plan(request());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->required, ids());
  const std::map<std::string, std::string> demoted{
      {"PERF-09", "needs 1h of even load, and 10m holds 6m"},
      {"REL-04", "needs 21 faults, and 10m holds 2"},
      {"REL-05", "needs 3 faults, and 10m holds 2"}};
  EXPECT_EQ(plan->demoted, demoted);
  EXPECT_EQ(plan->steps.size(), 1U);
  EXPECT_GE(plan->swaps.size(), 150U);
  EXPECT_LE(planned_outage_share(*plan), kPlannedOutageMax);
  EXPECT_EQ(plan->seed, kDefaultSeed);
  EXPECT_EQ(plan->load.name, "high");
  EXPECT_EQ(plan->agent.name, "reference");
}

TEST(Build, ThreeMinutes_DemoteWhatTheOutageForbidsSwapsAtOnceAndWhatNeedsMoreTime) {
  const auto plan = build_plan(request(minutes(3)));
  ASSERT_TRUE(plan) << plan.error().message;
  std::vector<std::string> demoted;
  for (const auto& [id, why] : plan->demoted) demoted.push_back(id);
  EXPECT_EQ(demoted, (std::vector<std::string>{"CONC-05", "LOAD-05", "PERF-09", "REL-01", "REL-04",
                                               "REL-05", "RES-01", "RES-05"}));
  EXPECT_EQ(plan->demoted.at("CONC-05"),
            "needs 21 classes swapped at once with another, and 3m holds 10");
  EXPECT_EQ(plan->demoted.at("LOAD-05"),
            "needs a load that varies, and 3m holds no step of it ('steps' of a phase)");
  EXPECT_EQ(plan->demoted.at("REL-01"),
            "the faults alone take 2.9 s, 1.61 % of 3m; from 9m40s on they are at most 0.5 %");
  EXPECT_EQ(plan->demoted.at("REL-04"), "needs 21 faults, and 3m holds 2");
  EXPECT_GE(plan->swaps.size(), 21U);
}

TEST(Build, DurationSaidInADemotion_IsTheOneFromWhichItHolds) {
  EXPECT_TRUE(build_plan(request(seconds(579)))->demoted.contains("REL-01"));
  EXPECT_FALSE(build_plan(request(seconds(580)))->demoted.contains("REL-01"));
}

TEST(Build, ShortestDuration_WorksAndASecondLessIsRefused) {
  EXPECT_EQ(error_of(request(seconds(130))), "no error");
  EXPECT_EQ(error_of(request(seconds(129))),
            "--duration=2m9s: too short for its phases; the shortest that works is 2m10s");
  EXPECT_EQ(error_of(request(hours(73))),
            "--duration=73h: too long for its phases; the longest that works is 72h");
}

// Whoever asks the application itself sees nothing of what is between it and its clients.
TEST(Build, FaultsOfTheRelayAlone_AreNoneToBeNoticed) {
  auto asked = request(hours(4));
  asked.set = {"faults.from=pause", "faults.every=10m"};
  const auto paused = build_plan(asked);
  asked.set[0] = "faults.from=black-hole";
  const auto cut_off = build_plan(asked);
  ASSERT_TRUE(paused && cut_off);
  ASSERT_FALSE(cut_off->faults.empty());
  EXPECT_EQ(cut_off->faults[0].outage, paused->faults[0].outage);
  EXPECT_FALSE(paused->demoted.contains("REL-11"));
  EXPECT_EQ(cut_off->demoted.at("REL-11"),
            "needs a fault that ends the application or silences it for 3s");
}

TEST(Build, ShortestDuration_SaysWhatItCannotFeed) {
  const auto plan = build_plan(request(seconds(130)));
  ASSERT_TRUE(plan) << plan.error().message;
  for (const auto* id : {"PERF-04", "PERF-05", "REL-07", "STAB-07", "REL-01", "PERF-08"})
    EXPECT_TRUE(plan->demoted.contains(id)) << id;
  EXPECT_EQ(plan->demoted.at("REL-07"), "needs 21 valid swaps, and 2m10s holds 12");
  EXPECT_FALSE(plan->demoted.contains("REL-09"));
  EXPECT_FALSE(plan->demoted.contains("LOAD-02"));
}

TEST(Build, SameRequest_SamePlan) {
  EXPECT_EQ(*build_plan(request(hours(1))), *build_plan(request(hours(1))));
}

TEST(Build, NoDuration_TakesTheSimulations) {
  EXPECT_EQ(build_plan(request(std::nullopt))->duration, hours(4));
}

// --- without an agent

TEST(Build, AgentNone_PlansNoSwapsAndDemotesNoneForIt) {
  auto asked = request();
  asked.agent = "none";
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->swaps.empty());
  EXPECT_TRUE(plan->conformance_swaps.empty());
  EXPECT_TRUE(plan->conformance.empty());
  EXPECT_FALSE(plan->demoted.contains("REL-07"));
  const bool told =
      std::any_of(plan->notes.begin(), plan->notes.end(), [](const std::string& note) {
        return note.find("not applicable: COMP-01, COMP-05") != std::string::npos;
      });
  EXPECT_TRUE(told);
}

TEST(Build, ConfigNone_AsksNothingOfTheAgent) {
  auto asked = request();
  asked.agent = "none";
  asked.config = "none";
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(plan->production.text.empty());
  EXPECT_TRUE(plan->production.sha256.empty());
  asked.agent = "reference";
  EXPECT_EQ(error_of(asked), "the agent 'reference' wants a configuration ({config} in " +
                                 (kRoot / "configs/agents/reference.yml").string() +
                                 "): give --config=FILE");
}

// --- an application of somebody else's

TEST(Build, ExampleOfAForeignApplication_CanBeRun) {
  auto asked = request(minutes(3));
  asked.simulation = "hotswap";
  asked.app = (kRoot / "docs/examples/tomcat/contract.yml").string();
  asked.load = (kRoot / "docs/examples/tomcat/load.yml").string();
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_GE(plan->swaps.size(), 21U);
  EXPECT_FALSE(plan->demoted.contains("REL-07"));
}

// --- agents of somebody else's

TEST(Build, AgentThatKnowsNoPackages_SwapsTheDefaultPackageOnlyAndSaysSo) {
  const auto folder = TemporaryDirectory::create("bhsim-agents");
  const Path jar = folder->path() / "bytehot-latest-SNAPSHOT-agent.jar";
  ASSERT_TRUE(write_file(jar, "jar"));
  auto asked = request();
  asked.agent = jar.string();
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  std::set<std::string> swapped;
  for (const auto& swap : plan->swaps) swapped.insert(swap.class_name);
  EXPECT_EQ(swapped, (std::set<std::string>{"DiscountService", "PricingService"}));
  EXPECT_NE(std::find(plan->notes.begin(), plan->notes.end(),
                      "2 of 3 classes are swapped: the agent 'bytehot' cannot swap those in a "
                      "package"),
            plan->notes.end());
}

// --- words of the command line

TEST(Build, UnknownNames_AreToldTheNearest) {
  auto asked = request();
  asked.simulation = "producton";
  EXPECT_EQ(error_of(asked), "no simulation is called 'producton'; did you mean 'production'?");
  asked = request();
  asked.load = "hgih";
  EXPECT_EQ(error_of(asked), "no load profile is called 'hgih'; did you mean 'high'?");
  asked = request();
  asked.agent = "refrence";
  EXPECT_EQ(error_of(asked), "no agent profile is called 'refrence'; did you mean 'reference'?");
}

TEST(Build, SeveralWrongWords_AreToldTogether) {
  auto asked = request();
  asked.load = "hgih";
  asked.agent = "refrence";
  asked.config = "/nowhere.yml";
  EXPECT_EQ(error_of(asked),
            "no agent profile is called 'refrence'; did you mean 'reference'?\n"
            "read /nowhere.yml: No such file or directory\n"
            "no load profile is called 'hgih'; did you mean 'high'?");
}

TEST(Build, Image_ReplacesTheContracts) {
  auto asked = request();
  asked.image = "registry.example/shop@sha256:00";
  const auto plan = build_plan(asked);
  EXPECT_EQ(plan->app.image_ref, asked.image);
  EXPECT_EQ(plan->app.image_build, "");
  asked.image = "two words";
  EXPECT_EQ(error_of(asked), "--image=two words: an image reference has no blanks");
}

TEST(Build, Only_JudgesAndRequiresThoseAlone) {
  auto asked = request();
  asked.only = {"REL-0*", "PERF-04"};
  const auto plan = build_plan(asked);
  const std::vector<std::string> expected{"PERF-04", "REL-01", "REL-02", "REL-03", "REL-04",
                                          "REL-05",  "REL-06", "REL-07", "REL-08", "REL-09"};
  EXPECT_EQ(plan->only, expected);
  EXPECT_EQ(plan->required, expected);
  asked.only = {"PREF-04"};
  EXPECT_EQ(error_of(asked), "--only: no check is called 'PREF-04'; did you mean 'PERF-04'?");
  EXPECT_EQ(build_plan(asked).error().code, ErrorCode::usage);
}

TEST(Build, Set_ReachesEachPart) {
  auto asked = request();
  asked.set = {"load.rate=500/s",  "load.connections=20",    "swaps.train=5",
               "swaps.quiet=20s",  "faults.from=pause",      "jvm=-Xmx2g",
               "limit.PERF-04=3",  "limit.PERF-05=< 500 ms", "conformance=none",
               "audits=container", "agent.swap_within=5s"};
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->load.rate_per_s, 500);
  EXPECT_EQ(plan->load.connections, 20);
  EXPECT_EQ(plan->jvm.back(), "-Xmx2g");
  EXPECT_EQ(plan->limits.at("PERF-04"), (Limit{"<", 3, "s"}));
  EXPECT_EQ(plan->limits.at("PERF-05"), (Limit{"<", 500, "ms"}));
  EXPECT_TRUE(plan->conformance.empty());
  EXPECT_EQ(plan->audits, (std::vector<std::string>{"container"}));
  EXPECT_EQ(plan->agent.swap_within, seconds(5));
  for (const auto& fault : plan->faults) EXPECT_EQ(fault.kind, "pause");
  EXPECT_EQ(plan->settings, asked.set);
}

struct BadSetting {
  const char* setting;
  const char* error;
};

TEST(Build, BadSettings_AreRefusedWithWhatIsExpected) {
  for (const auto& [setting, error] : std::vector<BadSetting>{
           {"load.rte=5/s",
            "--set load.rte=5/s: unknown key 'load.rte'; did you mean 'load.rate'?"},
           {"load.rate", "--set load.rate: expected KEY=VALUE"},
           {"load.rate=", "--set load.rate=: expected KEY=VALUE"},
           {"load.rate=5",
            "--set load.rate=5: '5' is not a rate; write for example 1000/s or 10/m"},
           {"load.connections=0",
            "--set load.connections=0: expected a whole number from 1 to 10000"},
           {"load.arrivals=poison",
            "--set load.arrivals=poison: 'poison' is not one of constant, poisson; did you mean "
            "'poisson'?"},
           {"faults.from=pause,kil",
            "--set faults.from=pause,kil: 'kil' is not one of kill, terminate, restart, exit, "
            "pause, "
            "cut, memory, cpu, pids, sockets, bandwidth, latency, relay-latency, relay-jitter, "
            "relay-bandwidth, reset, black-hole, half-open, slow-close, dependency-slow, "
            "dependency-dead, permissions, read-only, disk-full, file-storm, events; did you mean "
            "'kill'?"},
           {"faults.from=exit",
            "--set faults.from=exit: 'exit' needs its 'request', which only a simulation's file "
            "can say"},
           {"faults.intensity=0", "--set faults.intensity=0: expected a number from 0.1 to 10"},
           {"faults.intensity=often",
            "--set faults.intensity=often: expected a number from 0.1 to 10"},
           {"swaps.every=1ms", "--set swaps.every=1ms: expected from 500ms to 1h"},
           {"limit.PERF-04=soon",
            "--set limit.PERF-04=soon: PERF-04: found 'soon', expected a relation, a value and a "
            "unit such as "
            "\"< 2 s\" or \">= 99 %\""},
           {"limit.x=1",
            "--set limit.x=1: expected limit.ID=LIMIT such as limit.PERF-04=\"< 3 s\""},
           {"limit.PERF-04=\"1",
            "--set limit.PERF-04=\"1: expected limit.ID=LIMIT such as limit.PERF-04=\"< 3 s\""},
       }) {
    auto asked = request();
    asked.set = {setting};
    EXPECT_EQ(error_of(asked), error);
  }
}

TEST(Build, SettableKeys_AreWhatTheErrorLists) {
  auto asked = request();
  asked.set = {"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq=1"};
  const auto error = error_of(asked);
  for (const auto& key : settable_keys())
    EXPECT_NE(error.find(key.key), std::string::npos) << key.key;
}

// Whatever comes of it, no two begin closer together than a file may say.
TEST(Build, Intensity_IsSoManyTimesAsManyFaults) {
  auto asked = request(hours(4));
  const auto usual = build_plan(asked)->faults.size();
  asked.set = {"faults.intensity=0.5"};
  EXPECT_EQ(build_plan(asked)->faults.size(), usual / 2);
  asked.simulation = "chaos";
  asked.set = {"faults.intensity=10"};
  const auto often = build_plan(asked);
  ASSERT_TRUE(often) << often.error().message;
  for (std::size_t i = 1; i < often->faults.size(); ++i)
    EXPECT_GE(often->faults[i].at - often->faults[i - 1].at, kFaultSpacingMin);
}

TEST(MatchChecks, PatternsAreSortedAndOnce) {
  EXPECT_EQ(*match_checks({"REL-09", "REL-0*", "COMP-07"}, ids()),
            (std::vector<std::string>{"COMP-07", "REL-01", "REL-02", "REL-03", "REL-04", "REL-05",
                                      "REL-06", "REL-07", "REL-08", "REL-09"}));
  EXPECT_EQ(match_checks({"RLE-*"}, ids()).error().message,
            "no check is called 'RLE-*'; `bhsim list checks` names all");
}

// --- files that do not fit together

class Changed : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_);
    for (const auto* part : {"configs", "simulations"})
      std::filesystem::copy(kRoot / part, folder_->path() / part,
                            std::filesystem::copy_options::recursive);
  }
  // Replaces the first `from` in a file below the root.
  void edit(const Path& file, const std::string& from, const std::string& to) {
    auto text = *read_file(folder_->path() / file);
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    ASSERT_TRUE(write_file(folder_->path() / file, text));
  }
  // "FILE:LINE" of the first place where `text` stands.
  [[nodiscard]] std::string line_of(const char* file, const std::string& text) const {
    const auto content = *read_file(folder_->path() / file);
    const auto at = static_cast<std::ptrdiff_t>(content.find(text));
    return fmt::format("{}:{}", this->at(file),
                       1 + std::count(content.begin(), content.begin() + at, '\n'));
  }
  [[nodiscard]] PlanRequest asked() const {
    auto out = request();
    out.resources = folder_->path();
    return out;
  }
  [[nodiscard]] std::string at(const char* file) const { return (folder_->path() / file).string(); }

 private:
  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-config");
};

TEST_F(Changed, ClassThatNoOperationShows_IsRefused) {
  edit("configs/apps/ProductionSimulationApp.yml", "class: PricingService, serves: [quote]",
       "class: PricingService, serves: [qoute]");
  EXPECT_EQ(error_of(asked()),
            at("configs/apps/ProductionSimulationApp.yml") +
                ": PricingService serves qoute, none of which the load profile 'high' sends (it "
                "sends quote, order, lookup): no swap could be seen; did you mean 'quote'?");
}

TEST_F(Changed, ErrorsOfSeveralFiles_AreToldTogether) {
  edit("configs/load/high.yml", "connections: 50", "conections: 50");
  edit("configs/production-config.yml", "jfr-enabled: true", "jfr-enabled: on");
  EXPECT_EQ(error_of(asked()),
            line_of("configs/production-config.yml", "jfr-enabled") +
                ":18: jfr-enabled: found 'on', expected true or false\n" +
                line_of("configs/load/high.yml", "conections") +
                ":1: unknown key 'conections' in a load profile; did you mean 'connections'?");
}

TEST_F(Changed, RequiredCheckThatDoesNotExist_IsRefusedWithTheNearest) {
  edit("simulations/production.yml", "  - PERF-*", "  - PERF-99");
  EXPECT_EQ(error_of(asked()),
            at("simulations/production.yml") +
                ": required: no check is called 'PERF-99'; did you mean 'PERF-09'?");
}

TEST_F(Changed, SimulationThatNamesNoLoad_AsksForTheOption) {
  edit("simulations/production.yml", "load: high\n", "");
  EXPECT_EQ(error_of(asked()), "the simulation 'production' names no load: give --load=…");
  auto with = asked();
  with.load = "low";
  EXPECT_EQ(error_of(with), "no error");
}

TEST_F(Changed, ThresholdsOfAnUnknownCheck_AreRefusedAtTheirPlace) {
  edit("configs/thresholds/production.yml", "  PERF-04:", "  PERF-40:");
  auto with = asked();
  with.limits = {{"PERF-01", "<", "%"},
                 {"PERF-02", "<", "%"},
                 {"PERF-03", "<", "MB"},
                 {"PERF-04", "<", "s"},
                 {"PERF-05", "<", "s"}};
  EXPECT_TRUE(error_of(with).starts_with(
      line_of("configs/thresholds/production.yml", "PERF-40") +
      ":3: no check has a limit called 'PERF-40'; did you mean 'PERF-04'?"))
      << error_of(with);
}

TEST_F(Changed, ContractWithoutLedger_SaysWhatFallsAway) {
  edit("configs/apps/ProductionSimulationApp.yml", "ledger: {ranges", "# ledger: {ranges");
  const auto plan = build_plan(asked());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_NE(
      std::find(plan->notes.begin(), plan->notes.end(),
                "ledger: acknowledged writes cannot be read back; not applicable: CONC-06, REL-09, "
                "REL-10"),
      plan->notes.end());
}

// --- describe

TEST(Describe, ShowsEveryPhaseTrainFaultAndItem) {
  const auto plan = *build_plan(request());
  const auto text = describe(plan);
  for (const auto& phase : plan.phases) EXPECT_NE(text.find(phase.name), std::string::npos);
  for (const auto& fault : plan.faults)
    EXPECT_NE(text.find(fmt::format("fault {}: ", fault.id)), std::string::npos);
  for (std::int64_t train = 1; train <= plan.swaps.back().train; ++train)
    EXPECT_NE(text.find(fmt::format("train {}: ", train)), std::string::npos);
  for (const auto& item : plan.items) EXPECT_NE(text.find(item.name), std::string::npos);
  EXPECT_NE(text.find("planned outage 3.0 s, 0.50 % of the load (at most 0.5 %)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("from the first container to the verdict"), std::string::npos);
  const auto total = text.find(" in all · seed ");
  EXPECT_LT(total, text.find('\n')) << "the length is what is asked first";
}

TEST(Describe, ShowsWhenCollectionsAreForced) {
  const auto plan = *build_plan(request());
  ASSERT_FALSE(plan.collections.empty());
  EXPECT_NE(describe(plan).find("Full collections are forced"), std::string::npos);
}

TEST(Describe, BreaksNoLineBetweenANumberAndItsUnit) {
  std::istringstream lines(describe(*build_plan(request())));
  for (std::string line; std::getline(lines, line);)
    EXPECT_FALSE(line.substr(std::min(line.find_first_not_of(' '), line.size())).starts_with('%'))
        << line;
}

TEST(Describe, ShowsTheStepsOfTheLoad) {
  const auto text = describe(*build_plan(request()));
  EXPECT_NE(text.find("20s        load step: 1500/s, 1.5 times as much"), std::string::npos)
      << text;
}

TEST(Describe, ShowsThatClientsGoThroughTheIdleRelayFirst) {
  auto asked = request();
  asked.set = {"faults.from=relay-latency"};
  const auto text = describe(*build_plan(asked));
  EXPECT_NE(text.find("relay-latency (delay 15) for 5s, after 3s through the idle relay"),
            std::string::npos)
      << text;
}

TEST(Describe, SaysDemotionsAloud) {
  const auto text = describe(*build_plan(request(minutes(3))));
  EXPECT_NE(
      text.find("Required, but advisory in this run\n  CONC-05  needs 21 classes swapped at once"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  REL-01   the faults alone take"), std::string::npos) << text;
  EXPECT_NE(text.find("MORE than 0.5 %"), std::string::npos);
}

TEST(Describe, FitsAHundredColumns) {
  for (const auto d : {Nanos(minutes(3)), Nanos(hours(4))}) {
    auto asked = request(d);
    asked.agent = "none";
    for (const auto& text : {describe(*build_plan(request(d))), describe(*build_plan(asked))}) {
      std::size_t from = 0;
      while (from < text.size()) {
        const auto end = text.find('\n', from);
        ASSERT_NE(end, std::string::npos) << "the last line has no end";
        const auto line = std::string_view(text).substr(from, end - from);
        const auto columns =
            std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
        // A path has no blank to break at.
        if (line.find('/') == std::string_view::npos) {
          EXPECT_LE(columns, 100) << line;
        }
        from = end + 1;
      }
    }
  }
}

TEST(TotalLength, IsTheSumOfItsParts) {
  const auto plan = *build_plan(request());
  Nanos items{};
  for (const auto& item : plan.items) items += item.length;
  EXPECT_EQ(total_length(plan) - items - plan.duration, plan.app.start_typical + seconds(13));
}

}  // namespace
}  // namespace bhsim::config
