// Runs that end before their time: by the user, by a kill, by the application, by somebody else.
// What the verdict is, and what is left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"
#include "framework/history/history.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

bool sealed(const Path& directory) {
  const auto history = history::History::open(directory);
  return history && history->sealed();
}

// The process that guards the run of `parent`.
pid_t guard_of(pid_t parent) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto words = read_file(entry.path() / "cmdline");
    std::ifstream stat(entry.path() / "stat");
    std::string id, name, state;
    pid_t ppid = 0;
    if (words && words->find(std::string("guard\0", 6)) != std::string::npos &&
        stat >> id >> name >> state >> ppid && ppid == parent)
      return std::stoi(id);
  }
  return -1;
}

TEST(Endings, BySigterm_AreLikeCtrlCOnce_HealSealAndEndWith130) {
  ShortRun run;
  ASSERT_TRUE(run.ready());
  run.process().signal(SIGTERM);
  EXPECT_EQ(run.process().wait(2min), kInterrupted) << run.process().output();
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_TRUE(sealed(run.directory()));
}

TEST(Endings, ByCtrlCBeforeTheApplicationIsReady_LeaveNoRunDirectory) {
  ShortRun run;
  ASSERT_TRUE(eventually(3min, [&] { return run.says("starting the application"); }));
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(2min), kInterrupted) << run.process().output();
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_FALSE(std::filesystem::exists(run.out()));
}

TEST(Endings, ByCtrlCTwice_AreAtOnceAndTheGuardCleansUp) {
  ShortRun run;
  ASSERT_TRUE(run.ready());
  run.process().signal(SIGINT);
  ASSERT_TRUE(eventually(10s, [&] { return run.says("once more to stop at once"); }));
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(2s), kInterrupted) << run.process().output();
  EXPECT_TRUE(eventually(60s, [] { return left_on_engine() == 0; }));
  EXPECT_TRUE(
      eventually(10s, [&] { return std::filesystem::exists(run.directory() / "manifest.json"); }));
}

// A tree in which two short simulations are all that there are.
TemporaryDirectory home_of_two() {
  auto home = std::move(*TemporaryDirectory::create("bhsim-e2e-home"));
  const Path source = BHSIM_SOURCE_DIR;
  std::filesystem::create_directory_symlink(source / "configs", home.path() / "configs");
  std::filesystem::create_directory(home.path() / "simulations");
  for (const auto* name : {"hotswap.yml", "concurrency.yml"})
    std::filesystem::copy_file(source / "tests/e2e/sections" / name,
                               home.path() / "simulations" / name);
  return home;
}

TEST(Endings, OfRunAllByCtrlC_EndTheRunInHandStartNoOtherAndReportOnWhatThereIs) {
  const auto home = home_of_two();
  const Path out = home.path() / "runs";
  ::setenv("BHSIM_HOME", home.path().c_str(), 1);
  Process process({BHSIM_PROGRAM, "run", "all", "--out=" + out.string()}, home.path());
  ::unsetenv("BHSIM_HOME");
  const auto says = [&process](const char* words) {
    return process.output().find(words) != std::string::npos;
  };
  ASSERT_TRUE(eventually(3min, [&] { return says("ready after") || !process.running(); }));
  process.signal(SIGINT);
  EXPECT_EQ(process.wait(2min), kInterrupted) << process.output();
  EXPECT_TRUE(says("1 of 2: hotswap")) << process.output();
  EXPECT_FALSE(says("2 of 2"));
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_TRUE(std::filesystem::exists(out / "readiness" / "index.html"));
}

TEST(Endings, WithKeep_LeaveTheContainersForCleanToRemove) {
  ShortRun run({"--keep"});
  ASSERT_TRUE(run.ready());
  const auto application = run.application();
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(2min), kInterrupted) << run.process().output();
  EXPECT_TRUE(engine::inspect_container(real_engine(), application)) << "it was to be kept";
  EXPECT_EQ(bhsim({"clean"}).code, 0);
  EXPECT_EQ(left_on_engine(), 0U);
}

TEST(Endings, OfBhsimAndItsGuardByKill_AreFinishedByRecover) {
  const Foreign foreign;
  ShortRun run;
  ASSERT_TRUE(run.ready());
  const auto guard = guard_of(run.process().pid());
  ASSERT_GT(guard, 0);
  EXPECT_EQ(::kill(guard, SIGKILL), 0);
  run.process().signal(SIGKILL);
  EXPECT_EQ(run.process().wait(10s), 128 + SIGKILL);
  EXPECT_GT(left_on_engine(), 0U);
  const auto recovered = bhsim({"recover", run.directory().string()}, 2min);
  EXPECT_EQ(recovered.code, kInconclusive) << recovered.output;
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_TRUE(std::filesystem::exists(run.directory() / "report" / "index.html"));
  EXPECT_TRUE(foreign.all_there());
}

TEST(Clean, RemovesWhatCarriesTheLabelAndNothingElse) {
  const Foreign foreign;
  const auto engine = real_engine();
  const engine::Labels ours{{"bhsim.run", "19700101-000000-dead"}};
  ASSERT_TRUE(
      engine::create_volume(engine, {.name = "bhsim-e2e-volume", .labels = ours, .options = {}}));
  ASSERT_TRUE(engine::create_network(engine, "bhsim-e2e-network", ours));
  engine::ContainerSpec spec;
  spec.image = helper_image_name();
  spec.labels = ours;
  spec.mounts = {{.source = "bhsim-e2e-volume", .target = "/x"}};
  ASSERT_TRUE(engine::create_container(engine, spec));
  const auto cleaned = bhsim({"clean"});
  EXPECT_EQ(cleaned.code, 0) << cleaned.output;
  EXPECT_THAT(cleaned.output, HasSubstr("1 containers, 1 networks, 1 volumes"));
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_TRUE(foreign.all_there());
}

// The process is killed from the host, past the engine: as a crash looks.
TEST(Endings, OfTheApplicationByItself_EndTheRunAndFailIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may kill another user's process";
  ShortRun run({"--only=STAB-01"});
  ASSERT_TRUE(run.ready());
  const auto state = engine::inspect_container(real_engine(), run.application());
  ASSERT_TRUE(state);
  ASSERT_EQ(::kill(static_cast<pid_t>(state->pid), SIGKILL), 0);
  EXPECT_EQ(run.process().wait(1min), kFail) << run.process().output();
  EXPECT_THAT(run.process().output(), HasSubstr("ended by itself with exit code 137"));
  EXPECT_EQ(left_on_engine(), 0U);
  EXPECT_TRUE(sealed(run.directory()));
}

TEST(Endings, OfTheApplicationBySomebodyElse_AreNoFailureOfIt) {
  ShortRun run({"--only=STAB-01"});
  ASSERT_TRUE(eventually(3min, [&] { return run.says("warm-up") || !run.process().running(); }));
  ASSERT_TRUE(engine::kill_container(real_engine(), run.application(), "SIGKILL"));
  EXPECT_EQ(run.process().wait(1min), kInconclusive) << run.process().output();
  EXPECT_THAT(run.process().output(), HasSubstr("stopped through the engine, and not by bhsim"));
  EXPECT_EQ(left_on_engine(), 0U);
}

// A third of the requests expects an answer that never comes.
TEST(Endings, WithAbortOnFail_ComeAsSoonAsTheErrorsCannotBeMadeGoodAgain) {
  const auto folder = TemporaryDirectory::create("bhsim-e2e");
  auto load = read_file(Path(BHSIM_SOURCE_DIR) / "configs" / "load" / "low.yml").value_or("");
  const auto at = load.find("status: 200");
  ASSERT_NE(at, std::string::npos);
  load.replace(at, 11, "status: 203");
  const auto file = folder->path() / "hopeless.yml";
  ASSERT_TRUE(write_file(file, load));
  const auto before = system_clock().now();
  // In less than 100 s the faults alone would use up what REL-01 allows: then it is advisory.
  ShortRun run({"--load=" + file.string(), "--only=REL-01", "--duration=2m", "--abort-on-fail"});
  EXPECT_EQ(run.process().wait(2min), kFail) << run.process().output();
  EXPECT_LT(system_clock().now() - before, 80s) << "the load alone takes 120 s";
  EXPECT_THAT(run.process().output(), HasSubstr("REL-01"));
  EXPECT_EQ(left_on_engine(), 0U);
}

}  // namespace
}  // namespace bhsim::test
