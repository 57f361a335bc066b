#include "framework/faults/journal.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto directory = TemporaryDirectory::create("bhsim-journal");
    ASSERT_TRUE(directory) << directory.error().message;
    directory_.emplace(std::move(*directory));
  }

  [[nodiscard]] const Path& folder() const { return directory_->path(); }
  [[nodiscard]] Path file() const { return folder() / kJournalFile; }

  Journal open() {
    auto journal = Journal::open(folder(), clock_);
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(*journal);
  }

  [[nodiscard]] JournalContent content() const {
    auto read = read_journal(folder());
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(JournalContent{});
  }

  void put(std::string_view bytes) {
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
  }

  FakeClock clock_;
  std::optional<TemporaryDirectory> directory_;
};

FaultSpec spec(std::int64_t id, std::string kind = "pause") {
  FaultSpec made;
  made.id = id;
  made.kind = std::move(kind);
  made.run_id = "20261125-021104-7f3a";
  made.target = "0258700c5aa4";
  made.port = 32768;
  made.probe_path = "/health/ready";
  made.heals_within = 45s;
  made.parameters = {{"quota", "20%"}};
  made.before = {{"started_at", "2026-11-25T02:11:04.123456789Z"}, {"odd", "\"\n\x01"}};
  return made;
}

void write_whole_fault(Journal& journal, std::int64_t id) {
  ASSERT_TRUE(journal.append_intent(spec(id)));
  ASSERT_TRUE(journal.append(id, JournalState::active, "seen"));
  ASSERT_TRUE(journal.append(id, JournalState::undo));
  ASSERT_TRUE(journal.append(id, JournalState::healed, "gone"));
}

TEST_F(JournalTest, Intent_ComesBackAsItWas) {
  clock_.advance(7s);
  auto journal = open();
  const auto t = journal.append_intent(spec(3));
  ASSERT_TRUE(t);
  EXPECT_EQ(*t, clock_.now());
  const auto read = content();
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_FALSE(read.torn);
  EXPECT_EQ(read.damaged, 0);
  const auto& record = read.records[0];
  EXPECT_EQ(record.id, 3);
  EXPECT_EQ(record.state, JournalState::intent);
  EXPECT_EQ(record.t, clock_.now());
  EXPECT_EQ(record.wall, clock_.wall());
  ASSERT_TRUE(record.fault);
  const auto made = spec(3);
  EXPECT_EQ(record.fault->kind, made.kind);
  EXPECT_EQ(record.fault->run_id, made.run_id);
  EXPECT_EQ(record.fault->target, made.target);
  EXPECT_EQ(record.fault->port, made.port);
  EXPECT_EQ(record.fault->probe_path, made.probe_path);
  EXPECT_EQ(record.fault->heals_within, made.heals_within);
  EXPECT_EQ(record.fault->parameters, made.parameters);
  EXPECT_EQ(record.fault->before, made.before);
}

TEST_F(JournalTest, NoFile_IsNoFault) {
  EXPECT_TRUE(content().records.empty());
  EXPECT_TRUE(unhealed(content()).empty());
}

TEST_F(JournalTest, CutAtEveryByte_KnowsEveryFaultWhoseIntentWasDurable) {
  {
    auto journal = open();
    write_whole_fault(journal, 1);
    write_whole_fault(journal, 2);
  }
  const auto whole = read_file(file());
  ASSERT_TRUE(whole);
  // Where each record ends, and which faults are then owed their undo.
  std::vector<std::pair<std::size_t, std::size_t>> owed{{0, 0}};
  std::size_t at = 0;
  for (const std::size_t open_faults : {1, 1, 1, 0, 1, 1, 1, 0}) {
    at = whole->find('\n', at) + 1;
    owed.emplace_back(at, open_faults);
  }
  ASSERT_EQ(at, whole->size());
  for (std::size_t length = 0; length <= whole->size(); ++length) {
    const auto read = parse_journal(std::string_view(*whole).substr(0, length));
    const auto last = std::find_if(owed.rbegin(), owed.rend(),
                                   [&](const auto& entry) { return entry.first <= length; });
    EXPECT_EQ(unhealed(read).size(), last->second) << length;
    EXPECT_EQ(read.torn, last->first != length) << length;
    EXPECT_EQ(read.damaged, 0) << length;
  }
}

TEST_F(JournalTest, OpenedAfterACutAtEveryByte_GoesOnBehindTheLastWholeLine) {
  {
    auto journal = open();
    write_whole_fault(journal, 1);
  }
  const auto whole = read_file(file());
  ASSERT_TRUE(whole);
  for (std::size_t length = 0; length <= whole->size(); ++length) {
    put(std::string_view(*whole).substr(0, length));
    const auto before = content().records.size();
    {
      auto journal = open();
      ASSERT_TRUE(journal.append_intent(spec(9)));
    }
    const auto read = content();
    EXPECT_FALSE(read.torn) << length;
    EXPECT_EQ(read.damaged, 0) << length;
    ASSERT_EQ(read.records.size(), before + 1) << length;
    EXPECT_EQ(read.records.back().id, 9) << length;
  }
}

TEST_F(JournalTest, DamagedLineInTheMiddle_IsCountedAndTheRestIsRead) {
  {
    auto journal = open();
    write_whole_fault(journal, 1);
    ASSERT_TRUE(journal.append_intent(spec(2)));
  }
  auto bytes = read_file(file());
  ASSERT_TRUE(bytes);
  (*bytes)[bytes->find("ACTIVE")] = 'X';
  const auto read = parse_journal(*bytes);
  EXPECT_EQ(read.damaged, 1);
  EXPECT_EQ(read.records.size(), 4U);
  ASSERT_EQ(unhealed(read).size(), 1U);
  EXPECT_EQ(unhealed(read)[0].id, 2);
}

TEST_F(JournalTest, EachByteDamaged_NeverCrashes) {
  {
    auto journal = open();
    write_whole_fault(journal, 1);
  }
  const auto whole = read_file(file());
  ASSERT_TRUE(whole);
  for (std::size_t at = 0; at < whole->size(); ++at) {
    auto bytes = *whole;
    bytes[at] = '\xfe';
    const auto read = parse_journal(bytes);
    EXPECT_LE(read.records.size(), 4U);
    (void)fault_rows(read);
  }
}

TEST_F(JournalTest, UnknownVersion_IsDamage) {
  EXPECT_EQ(parse_journal("{\"v\":2,\"id\":1,\"state\":\"UNDO\",\"mono\":1,\"wall\":1}\n").damaged,
            1);
}

TEST_F(JournalTest, Unhealed_NewestFirst) {
  auto journal = open();
  for (const std::int64_t id : {1, 2, 3}) ASSERT_TRUE(journal.append_intent(spec(id)));
  ASSERT_TRUE(journal.append(2, JournalState::healed, "gone"));
  ASSERT_TRUE(journal.append(3, JournalState::undo_failed, "no"));
  const auto open_faults = unhealed(content());
  ASSERT_EQ(open_faults.size(), 2U);
  EXPECT_EQ(open_faults[0].id, 3) << "an undo that failed is owed still";
  EXPECT_EQ(open_faults[1].id, 1);
}

TEST_F(JournalTest, Rows_TellHowFarEachFaultCame) {
  auto journal = open();
  write_whole_fault(journal, 1);
  ASSERT_TRUE(journal.append_intent(spec(2)));
  ASSERT_TRUE(journal.append(2, JournalState::unseen, "it went on answering"));
  ASSERT_TRUE(journal.append(2, JournalState::healed, "gone"));
  ASSERT_TRUE(journal.append_intent(spec(3)));
  clock_.advance(1s);
  ASSERT_TRUE(journal.append(3, JournalState::active, "silence"));
  ASSERT_TRUE(journal.append_intent(spec(4)));
  ASSERT_TRUE(journal.append(4, JournalState::undo_failed, "the engine is gone"));
  const auto rows = fault_rows(content());
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].state, history::FaultState::healed);
  EXPECT_EQ(rows[0].healed_proof, "gone");
  EXPECT_EQ(rows[1].state, history::FaultState::unseen) << "healed, and yet never seen to act";
  EXPECT_TRUE(rows[1].t_healed);
  EXPECT_EQ(rows[2].state, history::FaultState::active);
  EXPECT_EQ(rows[2].t_active, clock_.now());
  EXPECT_EQ(rows[2].kind, "pause");
  EXPECT_EQ(rows[3].state, history::FaultState::undo_failed);
}

TEST_F(JournalTest, FolderThatDoesNotExist_IsAnError) {
  const auto journal = Journal::open(folder() / "none", clock_);
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, ErrorCode::io);
}

// Files of this process may grow to so many bytes, as on a full disk; lifted at the end.
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t most_bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{most_bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(JournalTest, DiskThatIsFullInTheMiddleOfARecord_LeavesTheJournalAsItWas) {
  auto journal = open();
  ASSERT_TRUE(journal.append_intent(spec(1)));
  const auto before = read_file(file());
  ASSERT_TRUE(before);
  Result<Time> written = Time{};
  {
    const SmallDisk disk(before->size() + 20);
    written = journal.append(1, JournalState::active, "seen");
  }
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
  EXPECT_EQ(read_file(file()).value_or(""), *before);
  ASSERT_TRUE(journal.append(1, JournalState::active, "seen"));
  EXPECT_EQ(content().damaged, 0);
  EXPECT_EQ(content().records.size(), 2U);
}

}  // namespace
}  // namespace bhsim::faults
