// What is refused before anything is measured: how it is told, with which exit code, and that
// nothing is left of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/engine/resources.hpp"
#include "framework/runner/lock.hpp"
#include "tests/e2e/old_engine.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::string kRoot = BHSIM_SOURCE_DIR;
const std::string kShort = kRoot + "/tests/e2e/short.yml";

// A file of ours with one piece of it written otherwise.
struct Changed {
  std::string file;  // below the tree
  std::string from, to;

  [[nodiscard]] std::string text() const {
    auto text = read_file(kRoot + "/" + file).value_or("");
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from << " is not in " << file;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
  // Of the change, from 1.
  [[nodiscard]] std::ptrdiff_t line() const {
    const auto before = text();
    return 1 +
           std::count(before.begin(), before.begin() + static_cast<long>(before.find(to)), '\n');
  }
};

// `bhsim run` in a folder of its own, to a refusal.
class Refusal {
 public:
  Ended run(std::vector<std::string> words, Nanos patience = 2min) {
    words.insert(words.begin(), "run");
    words.push_back("--out=" + (folder_.path() / "runs").string());
    return bhsim(std::move(words), patience);
  }
  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file(folder_.path() / name, text));
    return (folder_.path() / name).string();
  }
  void expect_nothing_left() const {
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "runs"));
    EXPECT_EQ(left_on_engine(), 0U);
  }

 private:
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-e2e"));
};

// --- files -------------------------------------------------------------------------------------

struct BadFile {
  std::string name;    // of the case
  std::string option;  // empty: the simulation itself
  Changed change;
  std::string told;
};

std::ostream& operator<<(std::ostream& out, const BadFile& bad) { return out << bad.name; }

class BadFiles : public testing::TestWithParam<BadFile> {};

TEST_P(BadFiles, AreRefusedWithTheirPlace) {
  const auto& [name, option, change, told] = GetParam();
  Refusal refusal;
  const auto file = refusal.file("given.yml", change.text());
  const auto ended = option.empty() ? refusal.run({file, "--dry-run"})
                                    : refusal.run({option + "=" + file, "--dry-run"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr(fmt::format("{}:{}:", file, change.line())));
  EXPECT_THAT(ended.output, HasSubstr(told));
}

const std::string kSimulation = "simulations/production.yml";
const std::string kContract = "configs/apps/ProductionSimulationApp.yml";
const std::string kAgent = "configs/agents/reference.yml";
const std::string kLoad = "configs/load/low.yml";
const std::string kThresholds = "configs/thresholds/production.yml";
const std::string kConfig = "configs/production-config.yml";

INSTANTIATE_TEST_SUITE_P(
    UnknownKeys, BadFiles,
    testing::Values(
        BadFile{"Simulation", "", {kSimulation, "duration: 4h", "duratoin: 4h"}, "duration"},
        BadFile{
            "Phase", "", {kSimulation, "share: 15%, min: 30s", "shaer: 15%, min: 30s"}, "share"},
        BadFile{"Swaps", "", {kSimulation, "quiet: 12s", "quite: 12s"}, "quiet"},
        BadFile{"Contract", "--app", {kContract, "metrics: /", "metrcs: /"}, "metrics"},
        BadFile{"Agent", "--agent", {kAgent, "delivery: ", "delivry: "}, "delivery"},
        BadFile{"Claim", "--agent", {kAgent, "rollback: true", "rolback: true"}, "rollback"},
        BadFile{"Load", "--load", {kLoad, "connections: 10", "conections: 10"}, "connections"},
        BadFile{"Operation", "--load", {kLoad, "weight: 60", "wieght: 60"}, "weight"},
        BadFile{"Thresholds", "--thresholds", {kThresholds, "LOAD-01: ", "LOAD-10: "}, "LOAD-01"},
        BadFile{"Config", "--config", {kConfig, "jfr-enabled", "jfr-enable"}, "jfr-enabled"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    IllTypedValues, BadFiles,
    testing::Values(
        BadFile{"Duration", "", {kSimulation, "duration: 4h", "duration: soon"}, "soon"},
        BadFile{
            "Share", "", {kSimulation, "share: 15%, min: 30s", "share: lots, min: 30s"}, "lots"},
        BadFile{"Port", "--app", {kContract, "port: 8080", "port: eighty"}, "eighty"},
        BadFile{"List", "--app", {kContract, "volumes: [/state]", "volumes: {a: b}"}, "volumes"},
        BadFile{"Flag", "--agent", {kAgent, "packages: true", "packages: maybe"}, "maybe"},
        BadFile{"Rate", "--load", {kLoad, "rate: 100/s", "rate: fast"}, "fast"},
        BadFile{"Count", "--load", {kLoad, "connections: 10", "connections: -1"}, "-1"},
        BadFile{"Limit", "--thresholds", {kThresholds, "\"< 0.1 %\"", "\"about 0.1 %\""}, "about"},
        BadFile{"Timeout",
                "--config",
                {kConfig, "validation-timeout: 5s", "validation-timeout: x"},
                "x"}),
    [](const auto& info) { return info.param.name; });

TEST(Refusals, OfFilesThatAreNotThere_NameThem) {
  for (const auto* option : {"--app=", "--load=", "--thresholds=", "--config=", "--agent=", ""}) {
    Refusal refusal;
    const auto ended = refusal.run({std::string(option) + "/nonexistent/file.yml", "--dry-run"});
    EXPECT_EQ(ended.code, kUsage) << option;
    EXPECT_THAT(ended.output, HasSubstr("/nonexistent/file.yml")) << option;
  }
}

TEST(Refusals, OfAnAgentsJarThatIsNotThere_NameIt) {
  Refusal refusal;
  const auto ended = refusal.run({kShort, "--agent=/nonexistent/agent.jar"});
  EXPECT_EQ(ended.code, kUsage) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("/nonexistent/agent.jar"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfDurationsThatCannotBe_SayWhy) {
  for (const std::string duration : {"0s", "-5m", "10", "soon", "5s"}) {
    Refusal refusal;
    const auto ended = refusal.run({kShort, "--duration=" + duration, "--dry-run"});
    EXPECT_EQ(ended.code, kUsage) << duration << ": " << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("duration")) << duration;
  }
}

// --- the machine and its engine ----------------------------------------------------------------

TEST(Refusals, OfAnEngineThatIsTooOld_NameBothVersions) {
  const OldEngine engine("1.12");
  Refusal refusal;
  const auto ended = refusal.run({kShort, "--engine=" + engine.url()});
  EXPECT_EQ(ended.code, kEngine);
  EXPECT_THAT(ended.output, HasSubstr("1.12"));
  EXPECT_THAT(ended.output, HasSubstr("update the engine"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfAPlanThatTheMemoryCannotHold_NameBothFigures) {
  Refusal refusal;
  const auto ended = refusal.run({kShort, "--set=jvm=-Xms9000g"});
  EXPECT_EQ(ended.code, kEngine) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("memory: "));
  EXPECT_THAT(ended.output, HasSubstr("needed"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfASecondRunOnTheSameEngine_NameTheFirst) {
  const auto info = engine::engine_info(real_engine());
  ASSERT_TRUE(info);
  const auto lock = runner::EngineLock::take(info->value("ID", "engine"), "20260101-000000-beef");
  ASSERT_TRUE(lock) << lock.error().message;
  Refusal refusal;
  const auto ended = refusal.run({kShort});
  EXPECT_EQ(ended.code, kEngine) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("20260101-000000-beef"));
  EXPECT_EQ(bhsim({"clean"}).code, kEngine) << "from under a run nothing is removed";
  refusal.expect_nothing_left();
}

// --- the application ---------------------------------------------------------------------------

TEST(Refusals, OfAnImageThatIsNotThere_SayHowToGetIt) {
  Refusal refusal;
  const auto ended = refusal.run({kShort, "--image=bhsim-test/not-there:1"});
  EXPECT_EQ(ended.code, kUsage) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("docker pull bhsim-test/not-there:1"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfAProgramThatTheImageDoesNotHave_TellWhatTheEngineSays) {
  Refusal refusal;
  const auto app =
      refusal.file("app.yml", Changed{kContract, "  - java\n", "  - /no/such/java\n"}.text());
  const auto ended = refusal.run({kShort, "--app=" + app});
  EXPECT_EQ(ended.code, kEngine) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("cannot start the application (load) from image bhsim/app"));
  EXPECT_THAT(ended.output, HasSubstr("/no/such/java"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfAClassThatIsNotThere_ShowTheLastLinesOfTheApplication) {
  Refusal refusal;
  const auto app =
      refusal.file("app.yml", Changed{kContract, "- \"{app}\"\n", "- NoSuchApplication\n"}.text());
  const auto ended = refusal.run({kShort, "--app=" + app});
  EXPECT_EQ(ended.code, kUsage) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("ended with exit code 1 before it was ready"));
  EXPECT_THAT(ended.output, HasSubstr("Could not find or load main class NoSuchApplication"));
  EXPECT_THAT(ended.output, HasSubstr("nothing is left"));
  refusal.expect_nothing_left();
}

TEST(Refusals, OfAnApplicationThatIsNeverReady_ShowItsLastLines) {
  Refusal refusal;
  const auto app =
      refusal.file("app.yml", Changed{kContract, "ready: /health/ready", "ready: /nowhere"}.text());
  const auto ended = refusal.run({kShort, "--app=" + app, "--set=app.start.within=6s"});
  EXPECT_EQ(ended.code, kUsage) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("was not ready at /nowhere within 6s"));
  EXPECT_THAT(ended.output, HasSubstr("configuration file="));
  refusal.expect_nothing_left();
}

}  // namespace
}  // namespace bhsim::test
