#include "framework/load/ledger.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "framework/base/files.hpp"

namespace bhsim::load {
namespace {

const std::vector<std::string> kSkus = {"SKU-0001", "SKU-0002", "SKU-0003"};
constexpr std::uint64_t kSeed = 42;

Ledger make_ledger(std::uint32_t writers = 3, std::size_t most_ranges = 100'000) {
  return Ledger(kSeed, 0, writers, kSkus, most_ranges);
}

void write(Ledger& ledger, std::uint32_t writer, WriteFate fate, int times = 1) {
  for (int i = 0; i < times; ++i) {
    ledger.begin(writer);
    ledger.end(writer, fate);
  }
}

LedgerSnapshot snapshot_of(const Ledger& ledger) {
  LedgerSnapshot snapshot;
  ledger.append_to(snapshot);
  return snapshot;
}

// A store that answers as the contract says: lines by writer and sequence, several where there are
// duplicates.
class Store {
 public:
  void put(std::uint32_t writer, std::uint64_t sequence) {
    const LedgerRecord r = ledger_record(kSeed, writer, sequence, kSkus.size());
    lines_[writer_name(writer)].emplace(sequence, fmt::format("{},{},{},{}\n", writer_name(writer),
                                                              sequence, kSkus[r.sku], r.quantity));
  }
  void put_all(std::uint32_t writer, std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t i = from; i <= to; ++i) put(writer, i);
  }
  void remove(std::uint32_t writer, std::uint64_t sequence) {
    lines_[writer_name(writer)].erase(sequence);
  }
  void alter(std::uint32_t writer, std::uint64_t sequence) {
    remove(writer, sequence);
    lines_[writer_name(writer)].emplace(
        sequence, fmt::format("{},{},SKU-0001,77\n", writer_name(writer), sequence));
  }
  [[nodiscard]] RangeFetch fetch() const {
    return [this](std::string_view writer, std::uint64_t from,
                  std::uint64_t to) -> Result<RangeAnswer> {
      RangeAnswer answer;
      std::string text;
      std::set<std::uint64_t> seen;
      const auto found = lines_.find(std::string(writer));
      if (found != lines_.end()) {
        for (const auto& [sequence, line] : found->second) {
          if (sequence < from || sequence > to) continue;
          if (!seen.insert(sequence).second) ++answer.duplicates;
          text += line;
        }
      }
      answer.count = seen.size();
      answer.digest = sha256_hex(text);
      return answer;
    };
  }

 private:
  std::map<std::string, std::multimap<std::uint64_t, std::string>> lines_;
};

LedgerReport verified(const Ledger& ledger, const Store& store, const VerifyLimits& limits = {}) {
  const auto report = verify(snapshot_of(ledger), store.fetch(), {}, limits);
  EXPECT_TRUE(report) << report.error().message;
  return *report;
}

TEST(Ledger, Writes_AreDenseAndKeptAsRunsOfEqualFate) {
  Ledger ledger = make_ledger();
  write(ledger, 1, WriteFate::acknowledged, 5);
  write(ledger, 1, WriteFate::open);
  write(ledger, 1, WriteFate::refused, 2);
  write(ledger, 1, WriteFate::acknowledged, 3);
  EXPECT_EQ(ledger.begin(1), 12U);
  const LedgerSnapshot snapshot = snapshot_of(ledger);
  ASSERT_EQ(snapshot.writers.size(), 1U);
  const auto& ranges = snapshot.writers[0].ranges;
  ASSERT_EQ(ranges.size(), 4U);
  EXPECT_EQ(ranges[0].last, 5U);
  EXPECT_EQ(ranges[2].first, 7U);
  EXPECT_EQ(ranges[3].last, 11U);
  EXPECT_EQ(snapshot.counts.acknowledged, 8U);
  EXPECT_EQ(snapshot.counts.open, 1U);
  EXPECT_EQ(snapshot.counts.refused, 2U);
}

TEST(Ledger, PickAcknowledged_OnlyEverPicksAcknowledgedOnesAndReachesAll) {
  Ledger ledger = make_ledger(2);
  Random random(5);
  EXPECT_FALSE(ledger.pick_acknowledged(random));
  write(ledger, 0, WriteFate::refused, 2);
  write(ledger, 0, WriteFate::acknowledged, 3);
  write(ledger, 0, WriteFate::open, 2);
  write(ledger, 0, WriteFate::acknowledged, 2);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 500; ++i) {
    const auto reference = ledger.pick_acknowledged(random);
    ASSERT_TRUE(reference);
    EXPECT_EQ(reference->writer, 0U);
    seen.insert(reference->sequence);
  }
  EXPECT_EQ(seen, (std::set<std::uint64_t>{3, 4, 5, 8, 9}));
}

TEST(Ledger, TooManyRanges_WeakensToOpenAndCountsIt) {
  Ledger ledger = make_ledger(1, 4);
  for (int i = 0; i < 20; ++i)
    write(ledger, 0, i % 2 == 0 ? WriteFate::acknowledged : WriteFate::refused);
  const LedgerSnapshot snapshot = snapshot_of(ledger);
  EXPECT_LE(snapshot.writers[0].ranges.size(), 4U);
  EXPECT_EQ(snapshot.writers[0].ranges.back().last, 20U);
  EXPECT_EQ(snapshot.counts.acknowledged + snapshot.counts.open + snapshot.counts.refused, 20U);
  EXPECT_GT(snapshot.counts.weakened, 0U);
  Random random(1);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ledger.pick_acknowledged(random)->sequence % 2, 1U);
}

TEST(Ledger, Record_FollowsFromSeedWriterAndSequence) {
  const LedgerRecord a = ledger_record(1, 2, 3, 3);
  EXPECT_EQ(a.sku, ledger_record(1, 2, 3, 3).sku);
  std::set<int> quantities;
  for (std::uint64_t i = 0; i < 500; ++i) quantities.insert(ledger_record(1, 2, i, 3).quantity);
  EXPECT_EQ(quantities, (std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

class LedgerVerification : public testing::Test {
 protected:
  LedgerVerification() {
    write(ledger_, 0, WriteFate::acknowledged, 25'000);
    write(ledger_, 1, WriteFate::acknowledged, 100);
    write(ledger_, 1, WriteFate::open, 4);
    write(ledger_, 1, WriteFate::refused, 50);
    write(ledger_, 1, WriteFate::acknowledged, 7);
    store_.put_all(0, 1, 25'000);
    store_.put_all(1, 1, 102);  // two of the open ones exist
    store_.put_all(1, 155, 161);
  }
  Ledger ledger_ = make_ledger();
  Store store_;
};

TEST_F(LedgerVerification, EverythingAsAcknowledged_IsSound) {
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_TRUE(report.sound());
  EXPECT_EQ(report.acknowledged, 25'107U);
  EXPECT_EQ(report.open_found, 2U);
  EXPECT_EQ(report.open_missing, 2U);
  EXPECT_EQ(report.refused, 50U);
  EXPECT_LT(report.requests, 20U);
}

TEST_F(LedgerVerification, OneRecordGone_IsLost) {
  store_.remove(0, 12'345);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.lost, 1U);
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_EQ(report.findings[0].fault, LedgerFault::lost);
  EXPECT_EQ(report.findings[0].writer, "w00");
  EXPECT_EQ(report.findings[0].sequence, 12'345U);
  EXPECT_EQ(report.altered + report.duplicated + report.resurrected, 0U);
}

TEST_F(LedgerVerification, OneRecordChanged_IsAltered) {
  store_.alter(1, 157);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.altered, 1U);
  EXPECT_EQ(report.findings.at(0).sequence, 157U);
  EXPECT_EQ(report.lost + report.duplicated + report.resurrected, 0U);
}

TEST_F(LedgerVerification, OneOpenRecordChanged_IsAltered) {
  store_.alter(1, 101);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.altered, 1U);
  EXPECT_EQ(report.open_found, 2U);
}

TEST_F(LedgerVerification, OneRecordTwice_IsDuplicated) {
  store_.put(0, 777);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.duplicated, 1U);
  EXPECT_EQ(report.findings.at(0).sequence, 777U);
  EXPECT_EQ(report.lost + report.altered + report.resurrected, 0U);
}

TEST_F(LedgerVerification, OneRefusedRecordThere_IsResurrected) {
  store_.put(1, 130);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.resurrected, 1U);
  EXPECT_EQ(report.findings.at(0).sequence, 130U);
  EXPECT_EQ(report.refused, 50U);
}

TEST_F(LedgerVerification, AllGone_CountsAllAndKeepsTheFindingsBounded) {
  const LedgerReport report = verified(ledger_, Store());
  EXPECT_EQ(report.lost, 25'107U);
  EXPECT_EQ(report.findings.size(), 1'000U);
}

TEST_F(LedgerVerification, EverySecondGone_CountsAllBeyondTheBoundOfFindings) {
  for (std::uint64_t i = 2; i <= 25'000; i += 2) store_.remove(0, i);
  const LedgerReport report = verified(ledger_, store_);
  EXPECT_EQ(report.lost, 12'500U);
  EXPECT_LE(report.findings.size(), 1'000U);
}

TEST_F(LedgerVerification, TargetThatDoesNotAnswer_IsAnErrorNotALoss) {
  const RangeFetch broken = [](std::string_view, std::uint64_t,
                               std::uint64_t) -> Result<RangeAnswer> {
    return fail(ErrorCode::io, "connection refused");
  };
  const auto report = verify(snapshot_of(ledger_), broken);
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("w00 1 to 10000"), std::string::npos);
}

TEST_F(LedgerVerification, Stopped_IsCancelled) {
  const auto source = std::make_unique<std::stop_source>();
  source->request_stop();
  const auto report = verify(snapshot_of(ledger_), store_.fetch(), source->get_token());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::cancelled);
}

TEST(RangeAnswers, OnlyTheContractsShape_IsRead) {
  const auto answer = parse_range_answer(R"({"count":3,"digest":"ab","duplicates":1})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->count, 3U);
  EXPECT_EQ(answer->duplicates, 1U);
  for (const char* text : {"", "[]", R"({"count":3})", R"({"count":-1,"digest":"","duplicates":0})",
                           R"({"count":"3","digest":"","duplicates":0})"}) {
    EXPECT_FALSE(parse_range_answer(text)) << text;
  }
}

TEST(RangeDigest, IsOfTheCanonicalLines) {
  Ledger ledger = make_ledger();
  write(ledger, 2, WriteFate::acknowledged, 2);
  const auto line = [](std::uint64_t sequence) {
    const LedgerRecord r = ledger_record(kSeed, 2, sequence, kSkus.size());
    return fmt::format("w02,{},{},{}\n", sequence, kSkus[r.sku], r.quantity);
  };
  EXPECT_EQ(range_digest(snapshot_of(ledger), 2, 1, 2), sha256_hex(line(1) + line(2)));
}

}  // namespace
}  // namespace bhsim::load
