#pragma once
// The journal of faults: what was broken and must be made whole, durable before it is broken. One
// JSON object a line, only ever appended, synced before append() returns. A line that was cut by a
// crash is a record that never was.
//
// {"v":1,"id":3,"state":"INTENT","mono":…,"wall":…,"fault":{kind, run_id, target, port,
//   probe_path, class_directory, dependency_path, way, heals_within_ns, stops_within_ns,
//   parameters, before,
//   hand:{image, user, volumes:[{volume, path}]}}}
// {"v":1,"id":3,"state":"ACTIVE","mono":…,"wall":…,"proof":"…"}      seen to have taken effect
// {"v":1,"id":3,"state":"UNSEEN","mono":…,"wall":…,"proof":"…"}      applied, and not seen to take
// effect: why
// {"v":1,"id":3,"state":"UNDO","mono":…,"wall":…}                    the undo begins
// {"v":1,"id":3,"state":"HEALED","mono":…,"wall":…,"proof":"…"}
// {"v":1,"id":3,"state":"UNDO_FAILED","mono":…,"wall":…,"proof":"…"} stays unhealed: the next
// healer tries again

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/faults/fault.hpp"
#include "framework/history/records.hpp"

namespace bhsim::faults {

constexpr int kJournalVersion = 1;
inline constexpr std::string_view kJournalFile = "journal";  // in the run directory

enum class JournalState { intent, active, unseen, undo, healed, undo_failed };
std::string_view to_string(JournalState state);  // "INTENT" …

struct JournalRecord {
  std::int64_t id = 0;
  JournalState state = JournalState::intent;
  Time t;  // of the boot in which it was written
  WallTime wall;
  std::optional<FaultSpec> fault;  // of an intent
  std::string proof;
};

class Journal {
 public:
  // Creates the file, or goes on behind the last whole line of one that is there (what a crash cut
  // is taken away).
  static Result<Journal> open(const Path& run_directory, const Clock& clock);
  // Durable when it returns. The instant of the record is now, and returned.
  Result<Time> append(std::int64_t id, JournalState state, std::string_view proof = {});
  Result<Time> append_intent(const FaultSpec& fault);

 private:
  Journal(UniqueFd fd, Path path, const Clock& clock);
  Result<Time> write(JournalRecord record);

  UniqueFd fd_;
  Path path_;
  const Clock* clock_;
};

struct JournalContent {
  std::vector<JournalRecord> records;
  bool torn = false;         // the last line was cut
  std::int64_t damaged = 0;  // whole lines that are no record; more than 0 makes the run invalid
};

// A journal that does not exist is empty: no fault was ever meant.
Result<JournalContent> read_journal(const Path& run_directory);
JournalContent parse_journal(std::string_view text);

// Faults whose last record is not HEALED, newest first: the order in which they are undone.
std::vector<FaultSpec> unhealed(const JournalContent& journal);
// The journal as the store tells it, by id. `t_recovered` is the runner's.
std::vector<history::Fault> fault_rows(const JournalContent& journal);

}  // namespace bhsim::faults
