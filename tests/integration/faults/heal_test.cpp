// What the guard and `bhsim recover` do about faults, for a run that died at any moment.

#include <fstream>
#include <thread>

#include "stage.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using test::Misbehaviour;

class HealTest : public FaultStage {
 protected:
  Healing heal() {
    auto healing = heal_all(folder(), means());
    EXPECT_TRUE(healing) << healing.error().message;
    return healing.value_or(Healing{});
  }
};

TEST_F(HealTest, RunThatDiedAtAnyTransition_IsHealedByAnotherProcess) {
  for (const auto& kind : kinds_by_engine()) {
    for (std::size_t steps = 0; steps <= 6; ++steps) {
      SCOPED_TRACE(fmt::format("{}, {} steps", kind.name, steps));
      start_anew();
      die_after(std::string(kind.name), steps);
      const auto healing = heal();
      EXPECT_EQ(healing.failed, 0) << healing.first_failure;
      EXPECT_EQ(healing.healed, steps == 0 || steps == 6 ? 0 : 1);
      EXPECT_TRUE(app().running);
      EXPECT_FALSE(app().paused);
      EXPECT_EQ(app().memory_limit, test::FakeContainer().memory_limit);
      EXPECT_EQ(app().nano_cpus, test::FakeContainer().nano_cpus);
      EXPECT_EQ(app().addresses.size(), 1U);
      EXPECT_TRUE(unhealed(journal()).empty());
    }
  }
}

TEST_F(HealTest, JournalCutAtEveryByte_LeavesNothingBroken) {
  die_after("pause", 3);
  const auto whole = read_file(folder() / kJournalFile);
  ASSERT_TRUE(whole);
  const auto intent = whole->find('\n') + 1;
  for (std::size_t length = 0; length <= whole->size(); length += length < intent ? 7 : 1) {
    std::ofstream(folder() / kJournalFile, std::ios::binary | std::ios::trunc)
        << whole->substr(0, length);
    // What is not durable in the journal was never applied.
    const bool applied = length >= intent;
    engine_.with(
        [&](test::FakeEngine& engine) { return engine.containers[kApp].paused = applied; });
    EXPECT_EQ(heal().failed, 0) << length;
    EXPECT_FALSE(app().paused) << length;
    EXPECT_TRUE(unhealed(journal()).empty()) << length;
    EXPECT_EQ(journal().damaged, 0) << length;
  }
}

TEST_F(HealTest, HealedTwice_ChangesNothingTheSecondTime) {
  die_after("kill", 3);
  EXPECT_EQ(heal().healed, 1);
  const auto calls = engine_.calls().size();
  EXPECT_EQ(heal().healed, 0);
  EXPECT_EQ(engine_.calls().size(), calls);
  EXPECT_EQ(app().starts, 2);
}

TEST_F(HealTest, ContainerThatIsGone_IsHealed) {
  for (const auto& kind : kinds_by_engine()) {
    start_anew();
    die_after(std::string(kind.name), 3);
    engine_.with([](test::FakeEngine& engine) { return engine.containers.erase(kApp); });
    EXPECT_EQ(heal().healed, 1) << kind.name;
  }
}

TEST_F(HealTest, ContainerOfAnother_IsNotTouched) {
  die_after("pause", 3);
  engine_.with([](test::FakeEngine& engine) {
    engine.containers[kApp].labels.clear();
    return 0;
  });
  const auto healing = heal();
  EXPECT_EQ(healing.failed, 1);
  EXPECT_NE(healing.first_failure.find("label"), std::string::npos) << healing.first_failure;
  EXPECT_TRUE(app().paused);
  EXPECT_EQ(unhealed(journal()).size(), 1U) << "it is still owed";
}

TEST_F(HealTest, OneThatCannotBeHealed_DoesNotKeepTheNextFromIt) {
  engine_.containers["other"] = {
      .id = "other", .labels = {{std::string(kRunLabel), kRun}}, .paused = true};
  {
    auto journal = open();
    auto other = spec("pause", 1);
    other.target = "other";
    other.probe_path.clear();  // only the application has one
    ASSERT_TRUE(journal.append_intent(other));
  }
  auto fault = find_fault_kind("pause")->make(spec("pause", 2));
  ASSERT_TRUE(fault->prepare(means()));
  ASSERT_TRUE(open().append_intent(fault->spec()));
  ASSERT_TRUE(fault->apply(means()));
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::fails);
  const auto healing = heal();
  EXPECT_EQ(healing.failed, 1);
  EXPECT_EQ(healing.healed, 1);
  EXPECT_FALSE(
      engine_.with([](test::FakeEngine& engine) { return engine.containers["other"].paused; }));
}

TEST_F(HealTest, KindOfANewerVersion_IsSaid) {
  {
    auto journal = open();
    ASSERT_TRUE(journal.append_intent(spec("meteorite")));
  }
  const auto healing = heal();
  EXPECT_EQ(healing.failed, 1);
  EXPECT_NE(healing.first_failure.find("meteorite"), std::string::npos);
}

TEST_F(HealTest, JournalWithDamage_HealsTheRestAndSaysSo) {
  die_after("pause", 3);
  auto bytes = read_file(folder() / kJournalFile);
  ASSERT_TRUE(bytes);
  std::ofstream(folder() / kJournalFile, std::ios::binary | std::ios::trunc) << "rubbish\n"
                                                                             << *bytes;
  const auto healing = heal();
  EXPECT_EQ(healing.healed, 1);
  EXPECT_EQ(healing.failed, 1);
  EXPECT_NE(healing.first_failure.find("cannot be read"), std::string::npos);
  EXPECT_FALSE(app().paused);
}

TEST_F(HealTest, JournalThatIsSealed_StaysAsItWas) {
  die_after("pause", 3);
  const auto before = journal_text();
  const auto healing = heal_all(folder(), means(), HealNotes::none);
  ASSERT_TRUE(healing) << healing.error().message;
  EXPECT_EQ(healing->healed, 1);
  EXPECT_FALSE(app().paused);
  EXPECT_EQ(journal_text(), before);
}

TEST_F(HealTest, PausedContainerThatDiedMeanwhile_IsHealedAndSaidToBeDead) {
  die_after("pause", 3);
  engine_.with([](test::FakeEngine& engine) {
    engine.containers[kApp].paused = false;  // as an engine that was restarted leaves it
    return engine.containers[kApp].running = false;
  });
  EXPECT_EQ(heal().healed, 1);
  EXPECT_NE(journal().records.back().proof.find("does not run"), std::string::npos)
      << journal().records.back().proof;
}

TEST_F(HealTest, EngineThatCutsConnections_IsTriedAgain) {
  die_after("pause", 3);
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::cut, 1);
  EXPECT_EQ(heal().healed, 1);
  EXPECT_FALSE(app().paused);
}

}  // namespace
}  // namespace bhsim::faults
