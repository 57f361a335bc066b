// A process that dies of SIGKILL at a transition of its fault journal
// (tests/crash/die_at_journal.cpp sees to it), and what `bhsim recover` makes of what it leaves.
// With the program itself, on a real engine, for every fault and with its guard:
// tests/crash/kill-runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checks/check.hpp"
#include "framework/faults/injector.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/ports.hpp"
#include "framework/runner/recovery.hpp"
#include "roles.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/fake_application.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr const char* kKilledRun = "20261127-090000-dead";
constexpr const char* kItsNetwork = "net-of-the-dead";
constexpr int kKilled = 128 + SIGKILL;
const std::vector<std::string> kStates = {"INTENT", "ACTIVE", "UNDO", "HEALED"};

// The real time, but nobody waits long for it.
class Impatient final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return system_clock().now(); }
  [[nodiscard]] WallTime wall() const override { return system_clock().wall(); }
  void sleep_until(Time when) const override {
    system_clock().sleep_until(std::min(when, now() + 2ms));
  }
};

config::Plan plan_of_the_dead() {
  config::Plan plan;
  plan.simulation = "killed";
  plan.duration = 10s;
  plan.agent.name = "none";
  plan.phases = {{"warm-up", 0ms, 1s, false, false}, {"disrupt", 1s, 9s, false, true}};
  plan.required = {"STAB-01"};
  return plan;
}

// An engine with the containers of a run and of others, and the folder of the run.
class DeadRun {
 public:
  DeadRun() {
    const auto free = free_port(ephemeral_ports());
    EXPECT_TRUE(free);
    port_ = free.value_or(0);
    const std::map<std::string, std::string> ours{{"bhsim.run", kKilledRun}};
    engine_.with([&](test::FakeEngine& engine) {
      engine.networks[kItsNetwork] = {.id = kItsNetwork, .labels = ours};
      engine.volumes["state"] = {.id = "state", .labels = ours};
      engine.containers["app"] = {.id = "app",
                                  .labels = ours,
                                  .mounts = {"state"},
                                  .host_port = port_,
                                  .addresses = {{kItsNetwork, "172.18.0.2"}}};
      engine.containers["other"] = {
          .id = "other", .labels = {{"bhsim.run", "another-run"}}, .paused = true};
      engine.on_call = [this, &engine](const std::string& call) {
        if (call.starts_with("DELETE /containers/app")) at_its_end_ = engine.containers["app"];
      };
      return 0;
    });
  }

  // Its exit code.
  int break_until(const std::string& kind, const std::string& order) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto run = test::ChildProcess::start(
        {"env", std::string("LD_PRELOAD=") + DIE_AT_JOURNAL, "BHSIM_DIE=" + order, program, "break",
         kind, kKilledRun, url(), folder().string(), std::to_string(port_)});
    return run == nullptr ? -1 : run->wait();
  }

  [[nodiscard]] std::vector<std::string> states() const {
    std::vector<std::string> names;
    const auto journal = faults::read_journal(folder());
    EXPECT_TRUE(journal);
    if (journal)
      for (const auto& record : journal->records) names.emplace_back(to_string(record.state));
    return names;
  }

  void recover() {
    const auto recovered = recover_run({url(), kKilledRun, folder()}, "recovered");
    EXPECT_TRUE(recovered) << recovered.error().message;
  }

  // Nothing of the run is there, nothing of others was touched, and what was removed was whole.
  void expect_clean() {
    engine_.with([&](test::FakeEngine& engine) {
      EXPECT_EQ(engine.containers.size(), 1U);
      EXPECT_TRUE(engine.containers["other"].paused);
      EXPECT_THAT(engine.networks, IsEmpty());
      EXPECT_THAT(engine.volumes, IsEmpty());
      return 0;
    });
    const test::FakeContainer usual;
    ASSERT_TRUE(at_its_end_);
    EXPECT_TRUE(at_its_end_->running);
    EXPECT_FALSE(at_its_end_->paused);
    EXPECT_EQ(at_its_end_->memory_limit, usual.memory_limit);
    EXPECT_EQ(at_its_end_->nano_cpus, usual.nano_cpus);
    EXPECT_EQ(at_its_end_->addresses.size(), 1U);
    const auto journal = faults::read_journal(folder());
    ASSERT_TRUE(journal);
    EXPECT_THAT(faults::unhealed(*journal), IsEmpty());
    EXPECT_FALSE(journal->torn);
  }

  // The store opens, is sealed as abandoned, and is judged.
  void expect_judged() {
    const auto history = history::History::open(folder());
    ASSERT_TRUE(history) << history.error().message;
    EXPECT_FALSE(history->sealed());
    EXPECT_TRUE(history::verify_manifest(folder()));
    const auto verdict = checks::judge(plan_of_the_dead(), *history);
    EXPECT_EQ(verdict.status, checks::RunStatus::inconclusive) << verdict.because;
  }

 private:
  [[nodiscard]] const Path& folder() const { return folder_.path(); }
  [[nodiscard]] std::string url() const { return "unix://" + engine_.socket(); }

  test::FakeEngine engine_;
  test::FakeApplication application_{engine_};
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-killed"));
  int port_ = 0;
  std::optional<test::FakeContainer> at_its_end_;
};

// `there` are the states that the journal must hold then.
void expect_salvaged(const std::string& kind, const std::string& moment, const std::string& state,
                     const std::vector<std::string>& there) {
  SCOPED_TRACE(fmt::format("{} {} {}", kind, moment, state));
  DeadRun run;
  ASSERT_EQ(run.break_until(kind, fmt::format("{}:{}:1", moment, state)), kKilled);
  EXPECT_THAT(run.states(), ElementsAreArray(there));
  run.recover();
  run.expect_clean();
  run.expect_judged();
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanPreload = false;  // a sanitizer wants to be the first that is loaded
#else
constexpr bool kCanPreload = true;
#endif

class KilledRun : public testing::TestWithParam<std::string> {};

TEST_P(KilledRun, AfterATransition_IsSalvaged) {
  if (!kCanPreload) GTEST_SKIP();
  for (std::size_t i = 0; i < kStates.size(); ++i)
    expect_salvaged(GetParam(), "after", kStates[i], {kStates.begin(), kStates.begin() + i + 1});
}

INSTANTIATE_TEST_SUITE_P(EachFault, KilledRun,
                         testing::Values("kill", "terminate", "restart", "pause", "cut", "memory",
                                         "cpu"),
                         [](const auto& kind) { return kind.param; });

// What was done, and not yet noted: it is there all the same.
TEST(KilledRuns, BeforeATransition_IsSalvaged) {
  if (!kCanPreload) GTEST_SKIP();
  for (const auto* kind : {"pause", "kill"})
    for (std::size_t i = 1; i < kStates.size(); ++i)
      expect_salvaged(kind, "before", kStates[i], {kStates.begin(), kStates.begin() + i});
}

TEST(KilledRuns, WithinALineOfItsJournal_IsSalvaged) {
  if (!kCanPreload) GTEST_SKIP();
  for (std::size_t i = 1; i < kStates.size(); ++i)
    expect_salvaged("pause", "torn", kStates[i], {kStates.begin(), kStates.begin() + i});
}

}  // namespace

int breaking_main(const std::vector<std::string>& words) {
  const auto& run_id = words.at(1);
  const Path folder = words.at(3);
  auto store = history::Store::create(folder, run_id);
  auto journal = faults::Journal::open(folder, system_clock());
  auto endpoint = engine::discover(words.at(2), engine::process_environment());
  if (!store || !journal || !endpoint) return 1;
  const auto client = engine::Client::connect(*std::move(endpoint));
  if (!client) return 1;
  store->set_fact(history::fact::kPlan, config::to_json(plan_of_the_dead()).dump());
  if (!store->flush()) return 1;
  faults::FaultSpec fault;
  fault.id = 1;
  fault.kind = words.at(0);
  fault.run_id = run_id;
  fault.target = "app";
  fault.port = std::stoi(words.at(4));
  fault.probe_path = "/ready";
  for (const auto& parameter : faults::find_fault_kind(fault.kind)->told())
    fault.parameters[std::string(parameter.name)] = parameter.fallback;
  // What the fake application uses is less than any real one.
  if (fault.kind == "memory") fault.parameters["headroom"] = "100";
  const Impatient clock{};
  faults::Injector injector({*client, clock, hear}, *journal, *store);
  return injector.run(fault, 10ms, {}) ? 0 : 1;
}

}  // namespace bhsim::runner
