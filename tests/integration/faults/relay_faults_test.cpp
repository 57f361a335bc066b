// Faults between clients and application, on an application of sockets of this machine and a fake
// engine that knows its container.

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <thread>

#include "framework/faults/relaying.hpp"
#include "framework/faults/visit.hpp"
#include "small_application.hpp"
#include "stage.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using States = std::vector<std::string>;
using testing::HasSubstr;

const std::vector<std::string>& relay_kinds() {
  static const std::vector<std::string> kinds{"relay-latency", "relay-jitter", "relay-bandwidth",
                                              "reset",         "black-hole",   "half-open",
                                              "slow-close"};
  return kinds;
}

class RelayFaults : public FaultStage {
 protected:
  void SetUp() override {
    FaultStage::SetUp();
    open_store();
    open_journal();
  }

  void start_anew() {
    FaultStage::start_anew();
    open_journal();
    led_.clear();
    twins_ = 0;
  }

  FaultSpec spec(const std::string& kind) {
    auto made = FaultStage::spec(kind);
    made.port = app_.port();
    if (kind == "slow-close") made.parameters["delay"] = "100";
    return made;
  }

  Means means() {
    return {*client_,
            hasty_,
            [](int, const std::string&, Nanos) { return Heard::answer; },
            {.lead = [this](int port) -> Result<void> {
               led_.push_back(port);
               if (port != 0 && refuses_to_be_led_) return fail(ErrorCode::io, "nobody goes");
               return {};
             },
             .twin =
                 [this](const FaultSpec& fault, Time from, Time until) {
                   EXPECT_EQ(fault.id, 1);
                   EXPECT_LT(from, until);
                   ++twins_;
                 }}};
  }

  Result<FaultOutcome> inject(const FaultSpec& spec) {
    return Injector(means(), *journal_, *store_, {.acts_within = acts_within_, .look_every = 1ms})
        .run(spec, {}, {});
  }

  [[nodiscard]] bool takes_connections(int port) const {
    return visit(port, "/", Farewell::asked_for, 1s, system_clock()).connected;
  }

  SmallApplication app_;
  std::vector<int> led_;  // to which ports clients were led, in order
  int twins_ = 0;
  bool refuses_to_be_led_ = false;
  Nanos acts_within_ = 20s;
};

TEST_F(RelayFaults, EachKind_IsSeenByItsRelayAndByAClientAndIsGone) {
  for (const auto& kind : relay_kinds()) {
    SCOPED_TRACE(kind);
    start_anew();
    const auto outcome = inject(spec(kind));
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    EXPECT_FALSE(outcome->jvm_ended);
    EXPECT_EQ(states(), (States{"INTENT", "ACTIVE", "UNDO", "HEALED"}));
    EXPECT_THAT(outcome->row.acted_proof, HasSubstr("through the idle relay"));
    EXPECT_THAT(outcome->row.healed_proof, HasSubstr("the relay is gone"));
    EXPECT_EQ(twins_, 1);
    ASSERT_EQ(led_.size(), 2U);
    EXPECT_FALSE(takes_connections(led_[0]));
    EXPECT_EQ(led_[1], 0) << "straight to the application again";
  }
}

// Of a run that died there is no relay any more, and nothing to be undone.
TEST_F(RelayFaults, EachKind_IsHealedFromTheJournalWhereverItsRunDied) {
  for (const auto& kind : relay_kinds()) {
    for (std::size_t steps = 1; steps <= 5; ++steps) {
      SCOPED_TRACE(fmt::format("{}, {} steps", kind, steps));
      start_anew();
      die_after(spec(kind), means(), steps);
      const Means without_clients{*client_, hasty_,
                                  [](int, const std::string&, Nanos) { return Heard::nothing; }};
      const auto healing = heal_all(folder(), without_clients);
      ASSERT_TRUE(healing) << healing.error().message;
      EXPECT_EQ(healing->healed, 1);
      EXPECT_EQ(healing->failed, 0) << healing->first_failure;
      EXPECT_EQ(states().back(), "HEALED");
    }
  }
}

TEST_F(RelayFaults, ApplicationThatDoesNotAnswer_IsNotBroken) {
  auto silent = spec("black-hole");
  silent.port = 1;  // of nobody
  const auto outcome = inject(silent);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
  EXPECT_TRUE(journal().records.empty()) << "nothing is owed";
  EXPECT_TRUE(led_.empty());
}

TEST_F(RelayFaults, ClientsThatCannotBeLed_LeaveItUnseenAndUndone) {
  refuses_to_be_led_ = true;
  const auto outcome = inject(spec("reset"));
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->row.state, history::FaultState::unseen);
  EXPECT_EQ(states(), (States{"INTENT", "UNSEEN", "UNDO", "HEALED"}));
  EXPECT_THAT(outcome->trouble, HasSubstr("nobody goes"));
  EXPECT_EQ(led_.back(), 0);
}

// What passes at once after a rest is more than one answer.
TEST_F(RelayFaults, LimitThatNobodyHasFelt_DoesNotAct) {
  const auto fault = find_fault_kind("relay-bandwidth")->make(spec("relay-bandwidth"));
  ASSERT_TRUE(fault->prepare(means()));
  ASSERT_TRUE(fault->apply(means()));
  const auto proof = fault->acted(means());
  ASSERT_FALSE(proof) << *proof;
  EXPECT_THAT(proof.error().message, HasSubstr("had to wait"));
  EXPECT_TRUE(fault->undo(means()));
}

TEST(RelayBandwidth, IsAShareOfTheWayThatHasMore) {
  relay::Counters counted;
  counted.bytes_to_target = 30'000;
  counted.bytes_to_client = 90'000;
  EXPECT_EQ(share_of(counted, 3s, 0.5), 15'000);
  counted.bytes_to_target = 300'000;
  EXPECT_EQ(share_of(counted, 3s, 0.5), 50'000);
}

TEST(RelayBandwidth, OfNothing_LetsAnAnswerThroughAllTheSame) {
  EXPECT_EQ(share_of({}, 3s, 0.5), 1000);
}

// A client that the fault has caught is still under way when it is undone; one that stays for ever
// is not waited for.
TEST_F(RelayFaults, ClientThatDoesNotLeave_IsClosedWithTheRelay) {
  const auto fault = find_fault_kind("relay-latency")->make(spec("relay-latency"));
  ASSERT_TRUE(fault->prepare(means()));
  ASSERT_TRUE(fault->apply(means()));
  UniqueFd stays(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = test::loopback(led_.at(0));
  ASSERT_EQ(::connect(stays.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::send(stays.get(), "GET", 3, MSG_NOSIGNAL), 3);
  ASSERT_TRUE(fault->undo(means()));
  auto proof = fault->healed(means());
  EXPECT_FALSE(proof) << "a connection is in it";
  while (!proof && proof.error().code == ErrorCode::conflict) {
    std::this_thread::sleep_for(10ms);
    proof = fault->healed(means());
  }
  EXPECT_TRUE(proof) << proof.error().message;
  char none = 0;
  EXPECT_EQ(::recv(stays.get(), &none, 1, 0), 0);
}

}  // namespace
}  // namespace bhsim::faults
