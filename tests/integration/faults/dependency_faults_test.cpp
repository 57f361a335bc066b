// Faults of a dependency: an application and its dependency of sockets of this machine, the real
// helper between them as a process, and a fake engine that knows the containers.

#include <gmock/gmock.h>

#include "framework/faults/visit.hpp"
#include "small_application.hpp"
#include "stage.hpp"
#include "tests/support/local_sidecar.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* kWayContainer = "way0123456789";

class DependencyFaults : public FaultStage {
 protected:
  void SetUp() override {
    FaultStage::SetUp();
    open_store();
    helper_ = test::start_local_sidecar();
    ASSERT_NE(helper_.sidecar, nullptr);
    const auto port = helper_.sidecar->relay_start("127.0.0.1", service_.port(), 0);
    ASSERT_TRUE(port) << port.error().message;
    relay_port_ = *port;
    start_anew();
  }

  void start_anew() {
    FaultStage::start_anew();
    engine_.with([](test::FakeEngine& engine) {
      engine.containers[kWayContainer] = {.id = kWayContainer,
                                          .labels = {{std::string(kRunLabel), kRun}}};
      return 0;
    });
  }

  FaultSpec spec(const std::string& kind) {
    auto made = FaultStage::spec(kind);
    made.port = app_.port();
    made.dependency_path = "/stock";
    made.way = kWayContainer;
    if (kind == "dependency-slow") made.parameters["delay"] = "30";
    return made;
  }

  // Of the run itself.
  Means means() {
    auto made = without_way();
    made.way = [this]() -> Result<sidecar::Sidecar*> { return helper_.sidecar.get(); };
    return made;
  }
  // Of a healer.
  Means without_way() {
    return {*client_, hasty_, [](int, const std::string&, Nanos) { return Heard::answer; }};
  }

  Result<FaultOutcome> inject(const FaultSpec& spec) {
    auto journal = open();
    return Injector(means(), journal, *store_, {.acts_within = 20s, .look_every = 1ms})
        .run(spec, {}, {});
  }

  // It gives its dependency half a second.
  bool asks_its_dependency() const {
    return visit(relay_port_, "/", Farewell::asked_for, 500ms, system_clock()).status == 200;
  }

  SmallApplication service_;
  test::LocalSidecar helper_;
  int relay_port_ = 0;
  SmallApplication app_{[this] { return asks_its_dependency(); }};
};

TEST_F(DependencyFaults, EachKind_IsSeenByItsRelayAndByTheApplicationAndIsGone) {
  for (const auto* kind : {"dependency-slow", "dependency-dead"}) {
    SCOPED_TRACE(kind);
    start_anew();
    const auto outcome = inject(spec(kind));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    EXPECT_EQ(states(), (std::vector<std::string>{"INTENT", "ACTIVE", "UNDO", "HEALED"}));
    EXPECT_THAT(outcome->row.acted_proof, HasSubstr("the application answered"));
    EXPECT_THAT(outcome->row.healed_proof, HasSubstr("holds nothing"));
    EXPECT_TRUE(asks_its_dependency());
  }
}

// The helper ends with the run that started it, and its relay with it.
TEST_F(DependencyFaults, EachKind_IsHealedFromTheJournalOnceTheHelperHasEnded) {
  for (const auto* kind : {"dependency-slow", "dependency-dead"}) {
    SCOPED_TRACE(kind);
    start_anew();
    die_after(spec(kind), means(), 3);
    engine_.with([](test::FakeEngine& engine) {
      engine.containers[kWayContainer].running = false;
      return 0;
    });
    const auto healing = heal_all(folder(), without_way());
    ASSERT_TRUE(healing) << healing.error().message;
    EXPECT_EQ(healing->healed, 1) << healing->first_failure;
    ASSERT_TRUE(helper_.sidecar->relay_set({}));
  }
}

TEST_F(DependencyFaults, ApplicationWithoutOne_IsNotBroken) {
  auto lonely = spec("dependency-dead");
  lonely.way.clear();
  const auto outcome = inject(lonely);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::unsupported);
  EXPECT_TRUE(journal().records.empty());
}

}  // namespace
}  // namespace bhsim::faults
