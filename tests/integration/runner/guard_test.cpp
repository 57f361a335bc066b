// The guard as a process of its own, on a scripted engine: what it does when the run that it guards
// ends in order, and when it is killed.

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "eventually.hpp"
#include "framework/faults/journal.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/guard.hpp"
#include "framework/runner/lock.hpp"
#include "roles.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/fake_engine.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr const char* kRun = "20261126-120000-cafe";

class GuardTest : public testing::Test {
 protected:
  void SetUp() override {
    engine_.with([](auto& engine) {
      engine.containers["app"] = {.id = "app", .labels = {{"bhsim.run", kRun}}};
      engine.containers["other"] = {.id = "other", .labels = {{"bhsim.run", "another-run"}}};
      engine.containers["foreign"] = {.id = "foreign", .labels = {{"team", "orders"}}};
      engine.volumes["state"] = {.id = "state", .labels = {{"bhsim.run", kRun}}};
      engine.networks["net"] = {.id = "net", .labels = {{"bhsim.run", kRun}}};
    });
    auto store = history::Store::create(folder_.path(), kRun);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(store->flush());
  }

  // Without its engine a guard would go on trying long after the test.
  void TearDown() override {
    EXPECT_TRUE(eventually(30s, [this] { return guard_has_left(); }));
  }

  // A process that guards a run and does nothing else; its first word was heard.
  std::unique_ptr<test::ChildProcess> guarded_run(const std::string& how = "wait") {
    auto run = test::ChildProcess::start({"/proc/self/exe", "run", how, kRun,
                                          "unix://" + engine_.socket(), folder_.path().string()});
    const auto word = run->line();
    EXPECT_TRUE(word && word->starts_with("guarded "));
    if (word) guard_ = std::stoi(word->substr(8));
    return run;
  }

  bool only_others_left() {
    return engine_.with([](auto& engine) {
      return engine.containers.size() == 2 && !engine.containers.contains("app") &&
             engine.volumes.empty() && engine.networks.empty();
    });
  }

  // No longer there, or no more than a name that nobody has asked for.
  [[nodiscard]] bool guard_has_left() const {
    const auto words = read_file(fmt::format("/proc/{}/cmdline", guard_));
    return !words || words->empty();
  }

  test::FakeEngine engine_;
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-guard"));
  pid_t guard_ = 0;
};

TEST_F(GuardTest, RunKilledWithSignal9_IsCleanedUpAndItsStoreSealed) {
  const auto run = guarded_run();
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually(30s, [this] { return only_others_left(); }));
  EXPECT_TRUE(eventually(10s, [this] { return guard_has_left(); }));
  const auto history = history::History::open(folder_.path());
  ASSERT_TRUE(history);
  EXPECT_FALSE(history->sealed()) << "sealed by its guard is not sealed by the run";
  EXPECT_NE(history->fact_text("end").value_or("").find("the guard cleaned up"), std::string::npos);
  EXPECT_TRUE(history::verify_manifest(folder_.path()));
}

TEST_F(GuardTest, RunThatEndsInOrder_IsLeftAlone) {
  const auto run = guarded_run("release");
  EXPECT_TRUE(eventually(10s, [this] { return guard_has_left(); }));
  EXPECT_FALSE(engine_.called("DELETE"));
}

TEST_F(GuardTest, PausedApplicationOfAKilledRun_IsHealedBeforeItIsRemoved) {
  engine_.with([](auto& engine) { engine.containers["app"].paused = true; });
  auto journal = faults::Journal::open(folder_.path(), system_clock());
  ASSERT_TRUE(journal);
  faults::FaultSpec fault;
  fault.id = 1;
  fault.kind = "pause";
  fault.run_id = kRun;
  fault.target = "app";
  ASSERT_TRUE(journal->append_intent(fault));
  const auto run = guarded_run();
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually(30s, [this] { return only_others_left(); }));
  EXPECT_TRUE(engine_.called("POST /containers/app/unpause"));
  const auto content = faults::read_journal(folder_.path());
  ASSERT_TRUE(content);
  EXPECT_TRUE(faults::unhealed(*content).empty());
}

// The engine is being restarted, say: it refuses for a while.
TEST_F(GuardTest, AnEngineThatRefusesAtFirst_IsAskedAgain) {
  engine_.misbehave("DELETE /containers/app", test::Misbehaviour::fails, 3);
  const auto run = guarded_run();
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually(30s, [this] { return only_others_left(); }));
}

TEST_F(GuardTest, SignalsOfATerminal_DoNotEndIt) {
  const auto run = guarded_run();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) EXPECT_EQ(::kill(guard_, signal), 0);
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually(30s, [this] { return only_others_left(); }));
}

// A new run may start only when the remains of the killed one are gone.
TEST_F(GuardTest, TheLockOfTheEngine_StaysWithTheGuardUntilAllIsClean) {
  engine_.misbehave("DELETE /containers/app", test::Misbehaviour::fails, 2);
  const auto run = guarded_run();
  ASSERT_FALSE(EngineLock::take(engine_.socket(), "next")) << "the run holds it";
  ASSERT_EQ(::kill(run->pid(), SIGKILL), 0);
  EXPECT_TRUE(eventually(30s, [&] { return bool(EngineLock::take(engine_.socket(), "next")); }));
  EXPECT_TRUE(only_others_left());
}

}  // namespace

int guarded_main(const std::vector<std::string>& words) {
  const auto url = words.at(2);
  const auto lock = EngineLock::take(url.substr(std::string("unix://").size()), words.at(1));
  if (!lock) return 1;
  auto guard = Guard::start({words.at(1), url, words.at(3)}, lock->fd());
  if (!guard) return 1;
  std::printf("guarded %d\n", guard->pid());
  std::fflush(stdout);
  if (words.at(0) == "release") return guard->release() ? 0 : 1;
  ::pause();
  return 0;
}

}  // namespace bhsim::runner
