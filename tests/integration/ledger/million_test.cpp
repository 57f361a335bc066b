// Of a million writes one was lost, one altered, one is there twice, and one that was refused came
// back: the ledger finds these four and nothing else, in the journal that the application itself
// writes, recovers and reads back. Neither side's memory grows with the records: the application
// has a heap of 64 MB for a journal of 35 MB and its index, the client a few dozen ranges.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <regex>
#include <tuple>

#include "framework/base/files.hpp"
#include "framework/load/http_get.hpp"
#include "framework/load/ledger.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::load {
namespace {

using test::ChildProcess;
using ::testing::UnorderedElementsAre;

constexpr std::uint32_t kWriters = 50;
constexpr std::uint64_t kEach = 20'000;  // writes of a writer
constexpr std::uint64_t kSeed = 42;
const std::vector<std::string> kSkus = {"SKU-0001", "SKU-0002", "SKU-0003", "SKU-0005"};

struct Place {
  std::uint32_t writer;
  std::uint64_t sequence;
  friend bool operator==(const Place&, const Place&) = default;
};
constexpr Place kLost{7, 12'345}, kAltered{11, 19'999}, kTwice{23, 10'000}, kRefused{3, 205};

// Of ten refused writes none is stored, but for the one that should not be; of ten whose answer was
// never seen every other one.
WriteFate fate_of(Place place) {
  const bool ten = place.sequence >= 200 && place.sequence < 210;
  if (ten && place.writer == kRefused.writer) return WriteFate::refused;
  if (ten && place.writer == kRefused.writer + 1) return WriteFate::open;
  return WriteFate::acknowledged;
}

int times_stored(Place place) {
  if (place == kLost) return 0;
  if (place == kTwice) return 2;
  switch (fate_of(place)) {
    case WriteFate::acknowledged:
      return 1;
    case WriteFate::open:
      return place.sequence % 2 == 0 ? 1 : 0;
    case WriteFate::refused:
      return place == kRefused ? 1 : 0;
  }
  return 0;
}

std::string line_of(Place place) {
  const auto record = ledger_record(kSeed, place.writer, place.sequence, kSkus.size());
  return fmt::format("{},{},{},{}\n", writer_name(place.writer), place.sequence, kSkus[record.sku],
                     record.quantity + (place == kAltered ? 1 : 0));
}

// Kilobytes, of /proc/self/status.
std::int64_t memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::int64_t kilobytes = 0;
  while (status >> word)
    if (word == name + ":" && status >> kilobytes) return kilobytes;
  ADD_FAILURE() << "no " << name;
  return 0;
}

// In turn, as many clients at once do; what the writer of the journal is given goes by the same
// way.
void write_all(Ledger& ledger, ChildProcess& journal) {
  constexpr std::size_t kPiece = 1U << 16U;
  std::string lines;
  for (std::uint64_t sequence = 1; sequence <= kEach; ++sequence) {
    for (std::uint32_t writer = 0; writer < kWriters; ++writer) {
      const Place place{writer, sequence};
      ASSERT_EQ(ledger.begin(writer), sequence);
      ledger.end(writer, fate_of(place));
      for (int i = 0; i < times_stored(place); ++i) lines += line_of(place);
    }
    if (lines.size() < kPiece) continue;
    ASSERT_TRUE(journal.write(lines));
    lines.clear();
  }
  ASSERT_TRUE(journal.write(lines));
}

// The port that the application says it is ready on; 0 when it does not.
std::uint16_t port_of(ChildProcess& application) {
  const std::regex ready("ready: .* on port (\\d+)");
  std::smatch match;
  while (const auto line = application.line(std::chrono::seconds(60)))
    if (std::regex_search(*line, match, ready))
      return static_cast<std::uint16_t>(std::stoi(match[1]));
  return 0;
}

std::vector<std::tuple<LedgerFault, std::string, std::uint64_t>> told(const LedgerReport& report) {
  std::vector<std::tuple<LedgerFault, std::string, std::uint64_t>> faults;
  for (const auto& one : report.findings) faults.emplace_back(one.fault, one.writer, one.sequence);
  return faults;
}

TEST(LedgerOfAMillion, FindsOneOfEachFault_InTheApplicationsOwnJournal) {
  std::signal(SIGPIPE, SIG_IGN);  // a JVM that ends early is a failed write
  const auto folder = TemporaryDirectory::create("bhsim-million");
  ASSERT_TRUE(folder) << folder.error().message;
  const auto state = folder->path().string();
  const auto before = memory("VmRSS");

  Ledger ledger(kSeed, 0, kWriters, kSkus);
  const std::string classes = std::string(WRITER_CLASSES) + ":" + APP_CLASSES;
  const auto journal = ChildProcess::start(
      {BHSIM_JAVA, "-Xmx64m", "-XX:+UseSerialGC", "-cp", classes, "JournalWriter", state});
  ASSERT_NE(journal, nullptr);
  ASSERT_NO_FATAL_FAILURE(write_all(ledger, *journal));
  journal->close_input();
  ASSERT_EQ(journal->wait(), 0);

  const auto application = ChildProcess::start({BHSIM_JAVA, "-Xmx64m", "-XX:+UseSerialGC", "-cp",
                                                APP_CLASSES, "HighLoadApp", "--host=127.0.0.1",
                                                "--port=0", "--warm-up-ms=0", "--state=" + state});
  ASSERT_NE(application, nullptr);
  Target target;
  target.port = port_of(*application);
  ASSERT_NE(target.port, 0) << "the application did not become ready";

  LedgerSnapshot snapshot;
  ledger.append_to(snapshot);
  const auto report = verify(
      snapshot,
      http_range_fetch(target, "/ledger/{writer}?from={from}&to={to}", std::chrono::seconds(30)));
  ASSERT_TRUE(report) << report.error().message;

  EXPECT_THAT(
      told(*report),
      UnorderedElementsAre(
          std::tuple(LedgerFault::lost, writer_name(kLost.writer), kLost.sequence),
          std::tuple(LedgerFault::altered, writer_name(kAltered.writer), kAltered.sequence),
          std::tuple(LedgerFault::duplicated, writer_name(kTwice.writer), kTwice.sequence),
          std::tuple(LedgerFault::resurrected, writer_name(kRefused.writer), kRefused.sequence)));
  EXPECT_EQ(std::tuple(report->lost, report->altered, report->duplicated, report->resurrected),
            std::tuple(1U, 1U, 1U, 1U));
  EXPECT_EQ(report->acknowledged, kWriters * kEach - 20);
  EXPECT_EQ(report->open_found, 5U);
  EXPECT_EQ(report->open_missing, 5U);
  EXPECT_EQ(report->refused, 10U);
  EXPECT_LT(report->requests, 300U) << "two for each writer, and what finds single records";

  // A range a writer, and two more for each of the two whose fates changed.
  EXPECT_EQ(snapshot.counts.ranges, kWriters + 4);
  EXPECT_EQ(snapshot.counts.weakened, 0U);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  constexpr std::int64_t kMostKilobytes = 16 << 10;  // less than the records alone would take
  EXPECT_LT(memory("VmHWM") - before, kMostKilobytes);
#endif
}

}  // namespace
}  // namespace bhsim::load
