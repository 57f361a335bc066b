#include "framework/faults/injector.hpp"

#include <thread>

#include "stage.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using States = std::vector<std::string>;
using test::Misbehaviour;

// What the runner is told of the JVM, in order.
InjectorHooks hooks_into(std::vector<std::string>& order) {
  InjectorHooks hooks;
  hooks.jvm_ended = [&order] { order.emplace_back("ended"); };
  hooks.jvm_started = [&order](Time) {
    order.emplace_back("started");
    return Result<void>();
  };
  return hooks;
}

class InjectorTest : public FaultStage {
 protected:
  void SetUp() override {
    FaultStage::SetUp();
    open_store();
    open_journal();
  }

  // With a journal of its own.
  void start_anew() {
    FaultStage::start_anew();
    open_journal();
  }

  Result<FaultOutcome> inject(const FaultSpec& spec, Nanos holds = {}, std::stop_token stop = {},
                              const InjectorHooks& hooks = {}) {
    return Injector(means(), *journal_, *store_, limits_).run(spec, holds, std::move(stop), hooks);
  }

  // What the store tells of the fault.
  history::Fault stored() {
    EXPECT_TRUE(store_->flush());
    auto history = history::History::open(folder());
    EXPECT_TRUE(history) << history.error().message;
    EXPECT_EQ(history->faults().size(), 1U);
    return history->faults().empty() ? history::Fault{} : history->faults().front();
  }

  InjectorLimits limits_{.acts_within = 300ms, .look_every = 1ms};
};

TEST_F(InjectorTest, Pause_IsSeenToActAndToBeGone) {
  const auto outcome = inject(spec("pause"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed);
  EXPECT_TRUE(outcome->trouble.empty()) << outcome->trouble;
  EXPECT_FALSE(outcome->jvm_ended);
  EXPECT_FALSE(app().paused);
  EXPECT_EQ(states(), (States{"INTENT", "ACTIVE", "UNDO", "HEALED"}));
  EXPECT_EQ(stored().state, history::FaultState::healed);
  EXPECT_FALSE(stored().acted_proof.empty());
  EXPECT_FALSE(stored().healed_proof.empty());
  EXPECT_LE(*outcome->row.t_active, *outcome->row.t_undo);
  EXPECT_LE(*outcome->row.t_undo, *outcome->row.t_healed);
}

TEST_F(InjectorTest, Kill_HandsOverFromOneJvmToTheNext) {
  std::vector<std::string> order;
  InjectorHooks hooks;
  hooks.jvm_ended = [&] {
    EXPECT_FALSE(app().running);
    EXPECT_EQ(app().exit_code, 137) << "the end is still to be inspected";
    order.emplace_back("ended");
  };
  hooks.jvm_started = [&](Time) -> Result<void> {
    EXPECT_TRUE(app().running);
    order.emplace_back("started");
    return {};
  };
  const auto outcome = inject(spec("kill"), {}, {}, hooks);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed);
  EXPECT_TRUE(outcome->jvm_ended);
  EXPECT_EQ(order, (std::vector<std::string>{"ended", "started"}));
  EXPECT_EQ(app().starts, 2);
  EXPECT_NE(outcome->row.acted_proof.find("137"), std::string::npos);
}

TEST_F(InjectorTest, EachKind_IsSeenToActAndToBeGone) {
  for (const auto& kind : kinds_by_engine()) {
    SCOPED_TRACE(kind.name);
    start_anew();
    const auto outcome = inject(spec(std::string(kind.name)));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    EXPECT_EQ(outcome->jvm_ended, kind.ends == Ends::always);
    EXPECT_EQ(states(), (States{"INTENT", "ACTIVE", "UNDO", "HEALED"}));
  }
}

TEST_F(InjectorTest, CallThatDoesNothing_IsUnseenOfEachKind) {
  for (const auto& kind : kinds_by_engine()) {
    SCOPED_TRACE(kind.name);
    start_anew();
    engine_.misbehave("POST", Misbehaviour::lies);
    auto short_wait = spec(std::string(kind.name));
    short_wait.stops_within = 50ms;
    const auto outcome = inject(short_wait);
    engine_.behave();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_NE(outcome->row.state, history::FaultState::healed);
    EXPECT_FALSE(outcome->row.t_active);
    EXPECT_EQ(states()[1], "UNSEEN");
  }
}

TEST_F(InjectorTest, LimitOfMemoryThatKills_HandsOverFromOneJvmToTheNext) {
  engine_.with(
      [](test::FakeEngine& engine) { return engine.containers[kApp].dies_of_memory = true; });
  std::vector<std::string> order;
  const InjectorHooks hooks = hooks_into(order);
  const auto outcome = inject(spec("memory"), {}, {}, hooks);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
  EXPECT_EQ(order, (std::vector<std::string>{"ended", "started"}));
  EXPECT_EQ(app().starts, 2);
  EXPECT_EQ(app().memory_limit, test::FakeContainer().memory_limit);
}

TEST_F(InjectorTest, AnswerWithoutANetwork_IsNoCut) {
  const auto deaf =
      Means{*client_, hasty_, [](int, const std::string&, Nanos) { return Heard::answer; }};
  const auto outcome = Injector(deaf, *journal_, *store_, limits_).run(spec("cut"), {}, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::unseen);
  EXPECT_EQ(app().addresses.size(), 1U);
}

TEST_F(InjectorTest, NetworkOfAnother_IsNotCut) {
  engine_.with([](test::FakeEngine& engine) {
    engine.networks[kNetwork].labels.clear();
    return 0;
  });
  const auto outcome = inject(spec("cut"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::unsupported);
  EXPECT_FALSE(engine_.called("POST"));
}

TEST_F(InjectorTest, LimitThatWouldNotBeLower_IsNotApplied) {
  auto wide = spec("memory");
  wide.parameters["headroom"] = "1g";
  const auto outcome = inject(wide);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
  EXPECT_TRUE(journal().records.empty()) << "nothing is owed";
}

TEST_F(InjectorTest, IntentIsDurable_BeforeAnythingIsBroken) {
  States at_the_call;
  engine_.on_call = [&](const std::string& call) {
    if (call.starts_with("POST") && at_the_call.empty()) at_the_call = states();
  };
  ASSERT_TRUE(inject(spec("pause")));
  EXPECT_EQ(at_the_call, (States{"INTENT"}));
}

TEST_F(InjectorTest, CallThatLies_IsUnseenAndUndone) {
  engine_.misbehave("POST /containers/app0123456789/pause", Misbehaviour::lies);
  const auto outcome = inject(spec("pause"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::unseen);
  EXPECT_FALSE(outcome->trouble.empty());
  EXPECT_TRUE(outcome->row.t_healed);
  EXPECT_EQ(states(), (States{"INTENT", "UNSEEN", "UNDO", "HEALED"}));
  EXPECT_EQ(stored().state, history::FaultState::unseen);
}

TEST_F(InjectorTest, PausedButStillAnswering_IsUnseen) {
  auto deaf = means();
  deaf.ask = [](int, const std::string&, Nanos) { return Heard::answer; };  // somebody else
  const auto outcome = Injector(deaf, *journal_, *store_, limits_).run(spec("pause"), {}, {});
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::unseen);
  EXPECT_NE(outcome->trouble.find("still answers"), std::string::npos) << outcome->trouble;
  EXPECT_FALSE(app().paused);
}

TEST_F(InjectorTest, SilenceWithoutAPause_IsNoProof) {
  engine_.misbehave("POST /containers/app0123456789/pause", Misbehaviour::lies);
  answers_ = false;  // silent for a reason of its own
  const auto outcome = inject(spec("pause"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_FALSE(outcome->row.t_active);
}

TEST_F(InjectorTest, CallThatFailsAfterDoing_IsSeenToActAllTheSame) {
  engine_.misbehave("POST /containers/app0123456789/kill", Misbehaviour::fails_late, 1);
  const auto outcome = inject(spec("kill"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed);
  EXPECT_TRUE(outcome->jvm_ended);
}

TEST_F(InjectorTest, KillThatShowsOnlyAfterItsTime_StillChangesTheJvm) {
  engine_.misbehave("POST /containers/app0123456789/kill", Misbehaviour::lies);
  engine_.on_call = [&](const std::string& call) {
    if (!call.starts_with("POST /containers/app0123456789/start")) return;
    engine_.containers[kApp].running = false;  // it dies just before it is to be started
    engine_.containers[kApp].exit_code = 137;
  };
  std::vector<std::string> order;
  const InjectorHooks hooks = hooks_into(order);
  limits_.acts_within = 0ms;
  const auto outcome = inject(spec("kill"), {}, {}, hooks);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::unseen);
  EXPECT_TRUE(outcome->jvm_ended);
  EXPECT_EQ(order, (std::vector<std::string>{"ended", "started"}));
  EXPECT_EQ(app().starts, 2);
}

TEST_F(InjectorTest, UndoThatFailsAtFirst_IsTriedAgain) {
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::fails, 2);
  const auto outcome = inject(spec("pause"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed);
}

TEST_F(InjectorTest, UndoThatFailsForGood_IsSaidAndStaysOwed) {
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::fails);
  const auto outcome = inject(spec("pause"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::undo_failed);
  EXPECT_EQ(states().back(), "UNDO_FAILED");
  EXPECT_EQ(stored().state, history::FaultState::undo_failed);
  EXPECT_EQ(unhealed(journal()).size(), 1U);
}

TEST_F(InjectorTest, UndoThatLies_IsNotBelieved) {
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::lies);
  auto given_up = spec("pause");
  given_up.heals_within = 100ms;
  const auto outcome = inject(given_up);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::undo_failed);
  EXPECT_NE(outcome->trouble.find("still paused"), std::string::npos) << outcome->trouble;
}

// That it stays silent is for REL-04 to tell, not a fault that stays.
TEST_F(InjectorTest, ApplicationThatAnswersNoMore_IsHealedOfEachKind) {
  answers_ = false;
  for (const auto& kind : kinds_by_engine()) {
    SCOPED_TRACE(kind.name);
    start_anew();
    const auto outcome = inject(spec(std::string(kind.name)));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    EXPECT_EQ(states().back(), "HEALED");
  }
}

TEST_F(InjectorTest, ApplicationThatEndsAtItsNextStart_IsHealedAndSaidToHaveEnded) {
  for (const auto* kind : {"kill", "terminate", "restart"}) {
    SCOPED_TRACE(kind);
    start_anew();
    engine_.on_call = [&](const std::string& call) {
      auto& app = engine_.containers[kApp];
      if (app.starts == 1 || !call.starts_with("GET")) return;
      app.running = false;
      app.exit_code = 3;
    };
    std::vector<std::string> order;
    const auto outcome = inject(spec(kind), {}, {}, hooks_into(order));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    EXPECT_NE(outcome->row.healed_proof.find("code 3"), std::string::npos);
    EXPECT_EQ(order, (std::vector<std::string>{"ended", "started"})) << "the runner looks after it";
  }
}

TEST_F(InjectorTest, StartThatLies_IsUndoFailed) {
  engine_.misbehave("POST /containers/app0123456789/start", Misbehaviour::lies);
  auto given_up = spec("kill");
  given_up.heals_within = 50ms;
  std::vector<std::string> order;
  const auto outcome = inject(given_up, {}, {}, hooks_into(order));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::undo_failed);
  EXPECT_EQ(order, (std::vector<std::string>{"ended"})) << "there is no JVM to hand over to";
}

TEST_F(InjectorTest, PortThatTakesNoConnectionsAfterACut_IsNotBelievedAtOnce) {
  const auto mute = [](int, const std::string&, Nanos) { return Heard::nothing; };
  auto impatient = spec("cut");
  impatient.heals_within = 2s;
  const FakeClock clock;
  const auto at_once =
      Injector({*client_, clock, mute}, *journal_, *store_, limits_).run(impatient, {}, {});
  ASSERT_TRUE(at_once) << at_once.error().message;
  EXPECT_EQ(at_once->row.state, history::FaultState::undo_failed);
  EXPECT_NE(at_once->trouble.find("takes no connection"), std::string::npos) << at_once->trouble;

  start_anew();
  const auto given_up_on =
      Injector({*client_, clock, mute}, *journal_, *store_, limits_).run(spec("cut"), {}, {});
  ASSERT_TRUE(given_up_on) << given_up_on.error().message;
  EXPECT_EQ(given_up_on->row.state, history::FaultState::healed) << given_up_on->trouble;
}

TEST_F(InjectorTest, StopWhileHeld_UndoesAtOnce) {
  std::jthread runner([&](const std::stop_token& stop) {
    const auto outcome = inject(spec("pause"), 1h, stop);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed);
  });
  while (!app().paused) std::this_thread::yield();
  runner.request_stop();
  runner.join();
  EXPECT_FALSE(app().paused);
  EXPECT_EQ(states().back(), "HEALED");
}

TEST_F(InjectorTest, RunnerThatCannotHandOver_IsToldAndNoFailedUndo) {
  InjectorHooks hooks;
  hooks.jvm_started = [this](Time) -> Result<void> {
    EXPECT_EQ(states().back(), "HEALED") << "what comes now is the runner's";
    return fail(ErrorCode::engine, "no side-car");
  };
  const auto outcome = inject(spec("kill"), {}, {}, hooks);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::healed);
  EXPECT_TRUE(outcome->trouble.empty()) << outcome->trouble;
  ASSERT_FALSE(outcome->handed_over);
  EXPECT_EQ(outcome->handed_over.error().message, "no side-car");
}

TEST_F(InjectorTest, TargetThatIsNotOurs_IsNeverTouched) {
  for (const auto& labels :
       {std::map<std::string, std::string>{}, {{"bhsim.run", "another"}}, {{"bhsim.run", ""}}}) {
    engine_.with([&](test::FakeEngine& engine) {
      engine.containers[kApp].labels = labels;
      return 0;
    });
    for (const auto& kind : kinds_by_engine()) {
      const auto outcome = inject(spec(std::string(kind.name)));
      ASSERT_FALSE(outcome);
      EXPECT_EQ(outcome.error().code, ErrorCode::unsupported);
    }
  }
  for (const auto& call : engine_.calls()) EXPECT_FALSE(call.starts_with("POST")) << call;
  EXPECT_TRUE(journal().records.empty()) << "nothing is owed";
}

TEST_F(InjectorTest, TargetThatDoesNotRun_CannotBeBroken) {
  engine_.with([](test::FakeEngine& engine) { return engine.containers[kApp].running = false; });
  EXPECT_EQ(inject(spec("kill")).error().code, ErrorCode::conflict);
  EXPECT_EQ(inject(spec("pause")).error().code, ErrorCode::conflict);
  EXPECT_TRUE(journal().records.empty());
}

TEST_F(InjectorTest, UnknownKind_IsRefused) {
  EXPECT_EQ(inject(spec("meteorite")).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace bhsim::faults
