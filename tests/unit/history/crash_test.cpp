// A run killed at any moment, and a log cut at any byte, leave a store that opens and holds whole
// rows only.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "framework/base/clock.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"

namespace bhsim::history {
namespace {

namespace fs = std::filesystem;

// Row n of three tables carries n, so that a hole or a torn row shows.
void add_rows(Store& store, std::int64_t n) {
  store.add(Sample{"n", time_from_ns(n), static_cast<double>(n)});
  store.add(Violation{time_from_ns(n), "kind", std::to_string(n), std::string(200, 'v')});
  store.add(Swap{.generation = n, .class_name = "C", .t_write = time_from_ns(n)});
}

// Writes for ever. Flushing bounds the queue, and makes the kill fall on commits and checkpoints
// more often than on idle moments.
void write_on(Store& store, int ready) {
  if (::write(ready, "r", 1) != 1) return;
  for (std::int64_t n = 0;; ++n) {
    add_rows(store, n);
    if (n % 50 == 49) (void)store.flush();
  }
}

// Writes in twenty transactions, so that a log is there to be cut, and waits.
void write_some(Store& store, int ready) {
  for (std::int64_t n = 0; n < 200; ++n) {
    add_rows(store, n);
    if (n % 10 == 9) (void)store.flush();
  }
  if (::write(ready, "r", 1) == 1) ::pause();
}

void kill_a_writer(const Path& run, void (*write)(Store&, int),
                   std::chrono::microseconds after_ready) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = Store::create(run, "killed");
    if (store) write(*store, pipe[1]);
    ::_exit(1);
  }
  ::close(pipe[1]);
  char byte = 0;
  ASSERT_EQ(::read(pipe[0], &byte, 1), 1);
  ::close(pipe[0]);
  std::this_thread::sleep_for(
      after_ready);  // the random instant under test, not a wait for something
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended on its own";
}

// Rows without a hole from 0 on, and of the three tables nearly equally many: one transaction more
// or less.
void expect_a_prefix(const History& history, const std::string& where) {
  const auto& samples = history.samples("n");
  for (std::size_t i = 0; i < samples.size(); ++i)
    ASSERT_EQ(samples[i].value, static_cast<double>(i)) << where;
  const auto& violations = history.violations();
  for (std::size_t i = 0; i < violations.size(); ++i) {
    ASSERT_EQ(violations[i].class_name, std::to_string(i)) << where;
    ASSERT_EQ(violations[i].detail.size(), 200U) << where;
  }
  EXPECT_LE(history.swaps().size(), violations.size()) << where;
  EXPECT_LE(violations.size(), samples.size()) << where;
  EXPECT_LE(samples.size(), history.swaps().size() + 1) << where;
}

std::map<std::string, std::string> digests(const Path& folder) {
  std::map<std::string, std::string> result;
  for (const auto& entry : fs::directory_iterator(folder))
    result[entry.path().filename()] = *sha256_file(entry.path());
  return result;
}

TEST(Crash, WriterKilledAtARandomInstant_LeavesAStoreThatOpens) {
  std::mt19937_64 random(20251125);
  for (int round = 0; round < 20; ++round) {
    const auto temporary = TemporaryDirectory::create("bhsim-crash-test");
    ASSERT_TRUE(temporary);
    const Path run = temporary->path() / "run";
    const auto after = std::chrono::microseconds(std::uniform_int_distribution(0, 120'000)(random));
    ASSERT_NO_FATAL_FAILURE(kill_a_writer(run, write_on, after));
    const std::string where = fmt::format("round {}, killed after {} us", round, after.count());
    const auto before = digests(run);
    {
      const auto history = History::open(run);
      ASSERT_TRUE(history) << where << ": " << history.error().message;
      EXPECT_FALSE(history->sealed()) << where;
      ASSERT_NO_FATAL_FAILURE(expect_a_prefix(*history, where));
    }
    EXPECT_EQ(digests(run), before) << where << ": reading changed the evidence";

    const auto sealed = seal_abandoned(run, "killed by a test");
    ASSERT_TRUE(sealed) << where << ": " << sealed.error().message;
    const auto verified = verify_manifest(run);
    ASSERT_TRUE(verified) << where << ": " << verified.error().message;
    const auto history = History::open(run);
    ASSERT_TRUE(history) << where;
    EXPECT_FALSE(history->sealed()) << where << ": abandoned is not sealed in order";
    EXPECT_EQ(history->fact(fact::kEnd)->at("reason"), "crashed");
    ASSERT_NO_FATAL_FAILURE(expect_a_prefix(*history, where));
  }
}

TEST(Crash, KilledWhileCreating_LeavesNoHalfDatabase) {
  std::mt19937_64 random(7);
  int complete = 0;
  for (int round = 0; round < 20; ++round) {
    const auto temporary = TemporaryDirectory::create("bhsim-crash-test");
    ASSERT_TRUE(temporary);
    const Path run = temporary->path() / "run";
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto store = Store::create(run, "killed");
      ::pause();
      ::_exit(store ? 0 : 1);
    }
    std::this_thread::sleep_for(
        std::chrono::microseconds(std::uniform_int_distribution(0, 20'000)(random)));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    if (!fs::exists(run / "run.db")) continue;
    ++complete;
    const auto history = History::open(run);
    EXPECT_TRUE(history) << history.error().message;
  }
  RecordProperty("complete", complete);
}

TEST(Crash, LogCutAtManyBytes_LeavesAPrefixOfTheRows) {
  const auto temporary = TemporaryDirectory::create("bhsim-crash-test");
  ASSERT_TRUE(temporary);
  const Path run = temporary->path() / "run";
  ASSERT_NO_FATAL_FAILURE(kill_a_writer(run, write_some, {}));
  const Path wal = run / "run.db-wal";
  const auto size = fs::file_size(wal);
  ASSERT_GT(size, 50'000U);
  // With the index that the writer left, and without; odd strides fall on no boundary of pages or
  // frames by system.
  for (const bool with_index : {true, false}) {
    const Path copy = temporary->path() / (with_index ? "with-index" : "without-index");
    fs::create_directory(copy);
    fs::copy_file(run / "run.db", copy / "run.db");
    const std::uintmax_t stride = size / (with_index ? 25 : 200) | 1U;
    std::size_t most = 0;
    for (std::uintmax_t cut = 0; cut < size; cut += cut < 64 ? 21 : stride) {
      fs::copy_file(wal, copy / "run.db-wal", fs::copy_options::overwrite_existing);
      fs::resize_file(copy / "run.db-wal", cut);
      if (with_index)
        fs::copy_file(run / "run.db-shm", copy / "run.db-shm",
                      fs::copy_options::overwrite_existing);
      const std::string where = fmt::format("cut at {} of {}, index {}", cut, size, with_index);
      const auto history = History::open(copy);
      ASSERT_TRUE(history) << where << ": " << history.error().message;
      ASSERT_NO_FATAL_FAILURE(expect_a_prefix(*history, where));
      EXPECT_GE(history->violations().size(), most) << where << ": a longer log must not hold less";
      most = history->violations().size();
    }
    EXPECT_GT(most, 100U);
  }
}

}  // namespace
}  // namespace bhsim::history
