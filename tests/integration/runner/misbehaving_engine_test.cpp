// Whole runs on an engine that misbehaves in the middle of them: each ends with a verdict that says
// what is known, and leaves nothing on the engine. What takes longer than a few seconds (an engine
// that never answers again, a real one that is restarted) is for tests/crash/break-engine.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "checks/check.hpp"
#include "eventually.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/lock.hpp"
#include "framework/runner/run.hpp"
#include "tests/support/fake_application.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using checks::RunStatus;
using checks::Status;
using history::FaultState;
using test::Misbehaviour;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kRunId = "20261127-080000-f00d";
constexpr const char* kPath = "/containers/bhsim-20261127-080000-f00d-load-app";

enum class Break { nothing, by_a_pause };

// A few seconds of light load on an application that does nothing but answer.
config::Plan plan_of(Nanos duration, Break what) {
  config::Plan plan;
  plan.simulation = "misbehaving";
  plan.seed = 1;
  plan.duration = duration;
  plan.app.name = "FakeApplication";
  plan.app.image_ref = "fake/application:1";
  plan.app.command = {"java", "{jvm}", "FakeApplication"};
  plan.app.ready_path = "/ready";
  plan.app.live_path = "/live";
  plan.app.stop_within = 2s;
  plan.agent.name = "none";
  plan.production.jfr_enabled = false;
  plan.load.name = "light";
  plan.load.rate_per_s = 50;
  plan.load.connections = 4;
  plan.load.timeout = 1s;
  plan.load.operations = {{.name = "quote", .path = "/quote"}};
  plan.phases = {{"warm-up", 0ms, 200ms, false, false},
                 {"disrupt", 200ms, duration - 200ms, false, what != Break::nothing}};
  if (what == Break::by_a_pause)
    plan.faults = {{.id = 1,
                    .at = 700ms,
                    .kind = "pause",
                    .holds = 200ms,
                    .outage = 200ms,
                    .phase = "disrupt",
                    .parameters = {}}};
  plan.required = {"STAB-01"};
  return plan;
}

class MisbehavingEngine : public testing::Test {
 protected:
  void SetUp() override {
    engine_.with([](test::FakeEngine& engine) {
      engine.containers["other"] = {.id = "other", .labels = {{"bhsim.run", "another-run"}}};
      return 0;
    });
    const auto helper = folder_.path() / "docker" / "helper";
    ASSERT_TRUE(make_directories(helper));
    std::ofstream(helper / "bhsim-helper") << "never started\n";
  }

  // It is engine and guard that must be left with nothing to do.
  void TearDown() override {
    EXPECT_TRUE(eventually(30s, [this] { return only_the_other_is_left(); }));
    EXPECT_TRUE(eventually(30s, [this] {
      return bool(EngineLock::take(engine_.socket(), "next"));
    })) << "its guard is still at work";
    std::error_code none;
    const auto lock = fmt::format("bhsim-{}.lock", sha256_hex(engine_.socket()).substr(0, 12));
    for (const auto* folder : {"/run/lock", "/tmp"})
      std::filesystem::remove(Path(folder) / lock, none);
  }

  // The run, with what happens when its load has been going for a while, and when it cleans up.
  void run(
      config::Plan plan, const std::function<void()>& in_the_middle,
      const std::function<void()>& at_the_clean_up = [] {}) {
    plan_ = std::move(plan);
    std::atomic<bool> begun = false;
    Observer observer;
    observer.live = [&](const history::LiveState& state) {
      if (state.elapsed >= 300ms && !begun.exchange(true)) in_the_middle();
    };
    observer.notice = [&](const std::string& line) {
      if (line == "cleaning up") at_the_clean_up();
    };
    const RunOptions options{.plan = plan_,
                             .run_id = kRunId,
                             .engine_url = "unix://" + engine_.socket(),
                             .out = folder_.path() / "runs",
                             .docker = folder_.path() / "docker"};
    auto ended = runner::run(options, observer, {});
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_TRUE(begun);
    outcome_ = *std::move(ended);
    auto history = history::History::open(options.out / kRunId);
    ASSERT_TRUE(history) << history.error().message;
    EXPECT_TRUE(history->sealed());
    EXPECT_TRUE(history::verify_manifest(options.out / kRunId));
    history_.emplace(*std::move(history));
    verdict_ = checks::judge(plan_, *history_);
  }

  [[nodiscard]] Status status_of(std::string_view id) const {
    for (const auto& judged : verdict_.checks)
      if (judged.check->id == id) return judged.verdict.status;
    ADD_FAILURE() << id << " was not judged";
    return Status::inconclusive;
  }

  [[nodiscard]] std::vector<FaultState> faults() const {
    std::vector<FaultState> states;
    for (const auto& fault : history_->faults()) states.push_back(fault.state);
    return states;
  }

  bool only_the_other_is_left() {
    return engine_.with([](test::FakeEngine& engine) {
      return engine.containers.size() == 1 && engine.containers.contains("other") &&
             engine.networks.empty() && engine.volumes.empty();
    });
  }

  std::int64_t calls_that_begin(std::string_view beginning) {
    const auto calls = engine_.calls();
    return std::ranges::count_if(
        calls, [=](const std::string& call) { return call.starts_with(beginning); });
  }

  // An engine that is away for a second comes back by itself.
  void mend_after_a_second() {
    mender_ = std::jthread([this] {
      std::this_thread::sleep_for(1s);
      engine_.behave();
    });
  }

  test::FakeEngine engine_;
  test::FakeApplication application_{engine_};
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-misbehaving"));
  config::Plan plan_;
  RunOutcome outcome_;
  std::optional<history::History> history_;
  checks::RunVerdict verdict_;
  std::jthread mender_;
};

void nothing_happens() {}

TEST_F(MisbehavingEngine, OneThatDoesNot_LetsTheRunPass) {
  run(plan_of(1500ms, Break::by_a_pause), nothing_happens);
  EXPECT_EQ(outcome_.end, RunEnd::completed) << outcome_.detail;
  EXPECT_THAT(faults(), testing::ElementsAre(FaultState::healed));
  EXPECT_EQ(status_of("STAB-01"), Status::pass);
  EXPECT_NE(verdict_.status, RunStatus::fail) << verdict_.because;
}

TEST_F(MisbehavingEngine, ThatIsSlow_ChangesNothing) {
  run(plan_of(1500ms, Break::by_a_pause), [this] { engine_.misbehave("", Misbehaviour::slow); });
  EXPECT_EQ(outcome_.end, RunEnd::completed) << outcome_.detail;
  EXPECT_THAT(faults(), testing::ElementsAre(FaultState::healed));
  EXPECT_EQ(status_of("STAB-01"), Status::pass);
}

// Everything that is asked of it waits, the pause and its undo as well.
TEST_F(MisbehavingEngine, ThatHangsForASecond_IsWaitedFor) {
  run(plan_of(1500ms, Break::by_a_pause), [this] {
    engine_.misbehave("", Misbehaviour::hangs);
    mend_after_a_second();
  });
  EXPECT_EQ(outcome_.end, RunEnd::completed) << outcome_.detail;
  EXPECT_THAT(faults(), testing::ElementsAre(FaultState::healed));
  EXPECT_EQ(status_of("STAB-01"), Status::pass);
}

TEST_F(MisbehavingEngine, ThatAnswersWith500ToTheEnd_CutsTheRunShort) {
  run(
      plan_of(1500ms, Break::nothing), [this] { engine_.misbehave("", Misbehaviour::fails); },
      [this] { engine_.behave(); });
  EXPECT_EQ(outcome_.end, RunEnd::aborted);
  EXPECT_THAT(outcome_.detail, HasSubstr("the fake engine fails"));
  EXPECT_EQ(status_of("STAB-01"), Status::inconclusive) << "nobody saw the application end well";
  EXPECT_NE(verdict_.status, RunStatus::pass);
  EXPECT_NE(verdict_.status, RunStatus::fail) << verdict_.because;
}

TEST_F(MisbehavingEngine, ThatDoesNotUndoAFault_MakesTheRunInvalid) {
  engine_.misbehave(fmt::format("POST {}/unpause", kPath), Misbehaviour::fails);
  run(plan_of(1500ms, Break::by_a_pause), nothing_happens);
  EXPECT_EQ(outcome_.end, RunEnd::aborted);
  EXPECT_THAT(outcome_.detail, HasSubstr("could not be undone"));
  EXPECT_THAT(faults(), testing::ElementsAre(FaultState::undo_failed));
  EXPECT_EQ(verdict_.status, RunStatus::invalid) << verdict_.because;
  EXPECT_THAT(verdict_.invalid, Contains(HasSubstr("could not be undone")));
}

// Events, figures, log and side-car: each breaks off within a word.
TEST_F(MisbehavingEngine, ThatCutsItsStreams_IsAskedForThemAgain) {
  run(plan_of(3s, Break::by_a_pause), [this] { engine_.cut_streams(); });
  EXPECT_EQ(outcome_.end, RunEnd::completed) << outcome_.detail;
  EXPECT_THAT(faults(), testing::ElementsAre(FaultState::healed));
  EXPECT_EQ(status_of("STAB-01"), Status::pass);
  for (const auto* stream :
       {"/events?filters", "/logs?stdout=1&stderr=1&follow=1", "/stats?stream=1"}) {
    const auto path = stream[1] == 'e' ? std::string("GET ") : fmt::format("GET {}", kPath);
    EXPECT_GE(calls_that_begin(path + stream), 2) << stream;
  }
}

// As when its host restarts it: what runs is ended, and it is away for a second.
TEST_F(MisbehavingEngine, ThatIsRestarted_IsNoFailureOfTheApplication) {
  run(plan_of(8s, Break::nothing), [this] {
    engine_.misbehave("", Misbehaviour::cut);
    engine_.cut_streams();
    engine_.end_containers();
    mend_after_a_second();
  });
  EXPECT_EQ(outcome_.end, RunEnd::aborted);
  EXPECT_THAT(outcome_.detail, HasSubstr("engine"));
  EXPECT_TRUE(history_->fact(history::fact::kOutside)) << "the application is not to blame";
  EXPECT_EQ(status_of("STAB-01"), Status::inconclusive);
  EXPECT_NE(verdict_.status, RunStatus::fail) << verdict_.because;
  EXPECT_NE(verdict_.status, RunStatus::pass);
}

}  // namespace
}  // namespace bhsim::runner
