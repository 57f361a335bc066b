#include "framework/history/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "tests/support/history_builder.hpp"

namespace bhsim::history {
namespace {

using ::testing::HasSubstr;

class StoreTest : public ::testing::Test {
 protected:
  const TemporaryDirectory temporary_ = *TemporaryDirectory::create("bhsim-store-test");
  const Path run_ = temporary_.path() / "run";
};

TEST_F(StoreTest, EveryRecordType_ComesBackAsItWasWritten) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store) << store.error().message;
  store->add(ClockPoint{at(1), wall_from_ns(1'700'000'000'000'000'000)});
  store->add(Window{WindowKind::outage, 3, "kill", at(2), at(3)});
  store->add(JvmSegment{1, "abc", "load", at(0), at(5), std::nullopt, 137, true, false});
  store->add(Sample{"heap.used", at(1), 1.5});
  LoadSecond second{at(1), "quote", 600, {1, 2, 3, 4, 5, 6, 7}, 8, 9, std::string("\0\1c", 3), ""};
  store->add(second);
  store->add(GeneratorSecond{at(1), std::string("\x1c\0", 2), Nanos(77), 0.25, 11, 12});
  store->add(Failure{at(1), std::nullopt, at(2), "order", Outcome::timeout, 0, "2 s passed"});
  store->add(Swap{7, "a.B", "truncated", false, 2, "steady", "audit", at(1), at(2), std::nullopt,
                  SwapOutcome::refused, "s1", "s0", "bad magic"});
  store->add(Served{"a.B", 7, at(1), at(2), at(3), 99});
  store->add(Violation{at(1), "went_back", "a.B", "7 after 8"});
  store->add(Fault{4, "pause", "load-1", FaultState::undo_failed, at(1), at(2), std::nullopt, at(3),
                   at(4), "frozen", "running"});
  store->add(
      GcPause{at(1), 5, "Pause Young (Normal)", "G1 Evacuation Pause", 10, 5, 20, Nanos(3), true});
  store->add(Redefinition{at(1), "a.B", true, "d"});
  store->add(LogLine{at(1), "stderr", "WARN", "it's <b>"});
  store->add(Health{at(1), "ready", true, 200, Nanos(900), "load"});
  store->add(ThreadDump{at(1), "artifacts/d.txt", 30, true, "two locks"});
  store->add(LedgerCheck{at(1), "end", 1, 2, 3, 4, 5, 6, true, "w1:7"});
  store->add(AuditLine{at(1), "a.B", "s0", "s1", "swapped", "x"});
  store->add(EngineEvent{at(1), "abc", "die", "exit 137"});
  store->add(Artifact{"artifacts/gone.log", "log", "ff", 12});
  store->set_fact("seed", "{\"n\": 42}");
  ASSERT_TRUE(store->seal());

  const auto history = History::open(run_);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->run_id(), "run-1");
  EXPECT_TRUE(history->sealed());
  EXPECT_EQ(history->dropped_rows(), 0);
  EXPECT_EQ(history->clock().at(0).wall, wall_from_ns(1'700'000'000'000'000'000));
  EXPECT_EQ(history->windows().at(0).kind, WindowKind::outage);
  EXPECT_EQ(history->windows().at(0).t1, at(3));
  const auto& jvm = history->jvms().at(0);
  EXPECT_EQ(jvm.t_ready, at(5));
  EXPECT_EQ(jvm.t_end, std::nullopt);
  EXPECT_EQ(jvm.exit_code, 137);
  EXPECT_TRUE(jvm.oom_killed);
  EXPECT_FALSE(jvm.planned_end);
  EXPECT_EQ(history->samples("heap.used").at(0).value, 1.5);
  EXPECT_EQ(history->load().at(0).outcomes, second.outcomes);
  EXPECT_EQ(history->load().at(0).corrected, second.corrected);
  EXPECT_EQ(history->load().at(0).blocked, 9);
  EXPECT_EQ(history->generator().at(0).lag, std::string("\x1c\0", 2));
  EXPECT_EQ(history->generator().at(0).lag_max, Nanos(77));
  EXPECT_EQ(history->generator().at(0).cpu_share, 0.25);
  EXPECT_EQ(history->failures().at(0).t_sent, std::nullopt);
  EXPECT_EQ(history->failures().at(0).outcome, Outcome::timeout);
  const auto& swap = history->swaps().at(0);
  EXPECT_EQ(swap.outcome, SwapOutcome::refused);
  EXPECT_FALSE(swap.valid);
  EXPECT_EQ(swap.t_rename, at(2));
  EXPECT_EQ(swap.sha256_before, "s0");
  EXPECT_EQ(history->served().at(0).responses, 99);
  EXPECT_EQ(history->violations().at(0).detail, "7 after 8");
  EXPECT_EQ(history->faults().at(0).state, FaultState::undo_failed);
  EXPECT_EQ(history->faults().at(0).t_healed, at(3));
  EXPECT_EQ(history->gc().at(0).pause, Nanos(3));
  EXPECT_TRUE(history->gc().at(0).forced);
  EXPECT_TRUE(history->redefinitions().at(0).ok);
  EXPECT_EQ(history->log_lines().at(0).text, "it's <b>");
  EXPECT_EQ(history->health().at(0).latency, Nanos(900));
  EXPECT_TRUE(history->thread_dumps().at(0).deadlock);
  EXPECT_EQ(history->ledger_checks().at(0).resurrected, 6);
  EXPECT_EQ(history->audit().at(0).outcome, "swapped");
  EXPECT_EQ(history->events().at(0).detail, "exit 137");
  EXPECT_EQ(history->artifacts().at(0).bytes, 12);
  EXPECT_EQ(history->fact("seed")->at("n"), 42);
  EXPECT_EQ(history->fact("nothing"), std::nullopt);
}

TEST_F(StoreTest, RowOfTheSameKey_ReplacesTheFormer) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  store->add(JvmSegment{.segment = 0, .container = "a", .role = "load", .t_start = at(0)});
  store->add(JvmSegment{.segment = 0, .container = "a", .role = "audit", .t_start = at(0)});
  store->add(
      JvmSegment{.segment = 0, .container = "a", .role = "load", .t_start = at(0), .exit_code = 0});
  store->add(Swap{.generation = 1, .class_name = "A", .t_write = at(1)});
  store->add(
      Swap{.generation = 1, .class_name = "A", .t_write = at(1), .outcome = SwapOutcome::landed});
  store->add(Fault{.id = 1, .kind = "kill", .target = "", .t_intent = at(1)});
  store->add(
      Fault{.id = 1, .kind = "kill", .target = "", .state = FaultState::healed, .t_intent = at(1)});
  store->set_fact("f", "1");
  store->set_fact("f", "2");
  ASSERT_TRUE(store->flush());
  const auto history = History::open(run_);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_FALSE(history->sealed());
  EXPECT_EQ(history->jvms().size(), 2U);
  ASSERT_EQ(history->swaps().size(), 1U);
  EXPECT_EQ(history->swaps().at(0).outcome, SwapOutcome::landed);
  ASSERT_EQ(history->faults().size(), 1U);
  EXPECT_EQ(history->faults().at(0).state, FaultState::healed);
  EXPECT_EQ(history->fact_text("f"), "2");
}

TEST_F(StoreTest, SecondStoreInTheSameFolder_IsRefused) {
  ASSERT_TRUE(Store::create(run_, "run-1"));
  const auto second = Store::create(run_, "run-2");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST_F(StoreTest, RowsOfManyThreads_AreAllKept) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  std::vector<std::thread> threads;
  for (int n = 0; n < kThreads; ++n) {
    threads.emplace_back([&, n] {
      for (int i = 0; i < kEach; ++i)
        store->add(Sample{fmt::format("series.{}", n), at(i), static_cast<double>(i)});
    });
  }
  for (auto& t : threads) t.join();
  ASSERT_TRUE(store->seal());
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  for (int n = 0; n < kThreads; ++n)
    EXPECT_EQ(history->samples(fmt::format("series.{}", n)).size(), std::size_t{kEach});
  EXPECT_EQ(history->dropped_rows(), 0);
}

TEST_F(StoreTest, FlushFromManyThreads_CommitsWhatWasHandedOver) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        store->add(Violation{at(i), "k", "c", "d"});
        if (store->flush()) ++good;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 80);
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->violations().size(), 80U);
}

TEST_F(StoreTest, FactThatIsNotJson_IsAnErrorAndCounted) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  store->set_fact("broken", "{oops");
  const auto flushed = store->flush();
  ASSERT_FALSE(flushed);
  EXPECT_THAT(flushed.error().message, HasSubstr("broken"));
  ASSERT_TRUE(store->seal());
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->dropped_rows(), 1);
}

TEST_F(StoreTest, FactWithBytesThatAreNoUtf8_IsKeptWithThoseReplaced) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  store->set_fact_json("end", {{"detail", "its last lines:\n\xff\xfe caf\xe9"}});
  ASSERT_TRUE(store->seal());
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  EXPECT_EQ(history->dropped_rows(), 0);
  EXPECT_THAT((*history->fact("end"))["detail"].get<std::string>(),
              HasSubstr("its last lines:\n\xef\xbf\xbd"));
}

TEST_F(StoreTest, NotANumber_IsNoSample) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  store->add(Sample{"s", at(1), std::numeric_limits<double>::quiet_NaN()});
  store->add(Sample{"s", at(2), 4});
  ASSERT_TRUE(store->seal());
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  ASSERT_EQ(history->samples("s").size(), 1U);
  EXPECT_EQ(history->dropped_rows(), 0);
}

// The disk is full from the start of a child process: files may not grow beyond what they have.
TEST_F(StoreTest, FullDisk_CountsTheLostRowsAndKeepsTheFileReadable) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::create(run_, "run-1");
    if (!store) ::_exit(10);
    (void)::signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {400'000, 400'000};
    (void)::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 20'000; ++i)
      store->add(Violation{at(i), "kind", "class", std::string(100, 'x')});
    ::_exit(store->flush() ? 11 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "flush did not tell that rows were lost";
  const auto history = History::open(run_);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_LT(history->violations().size(), 20'000U);
}

// --- seal and manifest
// -----------------------------------------------------------------------------------------------

class SealedTest : public StoreTest {
 protected:
  void SetUp() override {
    auto store = Store::create(run_, "run-1");
    ASSERT_TRUE(store);
    ASSERT_TRUE(make_directories(run_ / "artifacts" / "dumps"));
    ASSERT_TRUE(write_file(run_ / "artifacts" / "gc.log", "pause"));
    ASSERT_TRUE(write_file(run_ / "artifacts" / "dumps" / "dump-1.txt", "threads"));
    ASSERT_TRUE(write_file(run_ / "plan.json", "{}"));
    store->add(Artifact{"artifacts/dumps/dump-1.txt", "my-kind", "", 0});
    store->add(Sample{"s", at(1), 4});
    ASSERT_TRUE(store->seal());
  }
};

TEST_F(SealedTest, SealedStore_IsOneFileWithoutSideFiles) {
  EXPECT_FALSE(std::filesystem::exists(run_ / "run.db-wal"));
  EXPECT_FALSE(std::filesystem::exists(run_ / "run.db-shm"));
}

TEST_F(SealedTest, ManifestCoversEveryFileButItselfAndReports) {
  const auto manifest = nlohmann::json::parse(*read_file(run_ / "manifest.json"));
  std::vector<std::string> paths;
  for (const auto& file : manifest.at("files")) paths.push_back(file.at("path"));
  EXPECT_THAT(paths, ::testing::ElementsAre("artifacts/dumps/dump-1.txt", "artifacts/gc.log",
                                            "plan.json", "run.db"));
  ASSERT_TRUE(make_directories(run_ / "report"));
  ASSERT_TRUE(write_file(run_ / "report" / "index.html", "x"));
  const auto verified = verify_manifest(run_);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST_F(SealedTest, ArtifactFiles_AreRegisteredWithTheirDigests) {
  const auto history = History::open(run_);
  ASSERT_TRUE(history);
  ASSERT_EQ(history->artifacts().size(), 2U);
  for (const auto& artifact : history->artifacts()) {
    EXPECT_EQ(artifact.sha256, *sha256_file(run_ / artifact.path));
    EXPECT_EQ(artifact.kind, artifact.path == "artifacts/gc.log" ? "gc-log" : "my-kind");
  }
}

TEST_F(SealedTest, ChangedFile_IsNamedByVerify) {
  ASSERT_TRUE(write_file(run_ / "artifacts" / "gc.log", "pausE"));
  const auto verified = verify_manifest(run_);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, HasSubstr("artifacts/gc.log"));
}

TEST_F(SealedTest, MissingFile_IsNamedByVerify) {
  std::filesystem::remove(run_ / "plan.json");
  const auto verified = verify_manifest(run_);
  ASSERT_FALSE(verified);
  EXPECT_THAT(verified.error().message, HasSubstr("plan.json"));
}

TEST_F(SealedTest, ReadingASealedStore_ChangesNothing) {
  {
    const auto history = History::open(run_);
    ASSERT_TRUE(history);
    EXPECT_EQ(history->samples("s").size(), 1U);
  }
  EXPECT_TRUE(verify_manifest(run_));
  EXPECT_FALSE(std::filesystem::exists(run_ / "run.db-wal"));
  EXPECT_FALSE(std::filesystem::exists(run_ / "run.db-shm"));
}

TEST_F(SealedTest, SealingAgain_AsAbandoned_ChangesNothing) {
  const auto before = *read_file(run_ / "manifest.json");
  ASSERT_TRUE(seal_abandoned(run_, "again"));
  EXPECT_EQ(*read_file(run_ / "manifest.json"), before);
  EXPECT_TRUE(History::open(run_)->sealed());
}

TEST_F(SealedTest, DiedBetweenMarkAndManifest_OnlyTheManifestIsAdded) {
  std::filesystem::remove(run_ / "manifest.json");
  ASSERT_TRUE(seal_abandoned(run_, "died"));
  EXPECT_TRUE(verify_manifest(run_));
  EXPECT_TRUE(History::open(run_)->sealed());
}

TEST_F(StoreTest, AddAfterSeal_IsIgnoredAndSealingTwiceIsAConflict) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  ASSERT_TRUE(store->seal());
  store->add(Violation{});
  const auto again = store->seal();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
}

TEST_F(StoreTest, SealWhileAnotherProcessHasItOpen_IsAConflict) {
  auto store = Store::create(run_, "run-1");
  ASSERT_TRUE(store);
  const auto abandoned = seal_abandoned(run_, "not really");
  ASSERT_FALSE(abandoned);
  EXPECT_EQ(History::open(run_)->sealed(), false);
  EXPECT_TRUE(store->seal());
}

}  // namespace
}  // namespace bhsim::history
