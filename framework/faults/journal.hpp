#pragma once
// The fault journal: what must be undone is on the disk before it is done. One JSON line a record, synced before the call
// returns: {"id":1,"kind":"pause","target":"<container>","state":"intent","t":…,"note":"…"}. A torn last line is what a crash
// leaves, and is ignored: the record it would have been was not yet promised.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::faults {

enum class State { intent, active, unseen, healed, undo_failed };
std::string_view to_string(State state);

struct Record {
  std::int64_t id = 0;
  std::string kind;    // "pause": names the undo as well (catalogue())
  std::string target;  // the container's id
  State state = State::intent;
  Time t;
  std::string note;  // the proof, or why there is none
};

// One writer. Thread-compatible.
class Journal {
 public:
  // Opens or creates; an Error when the file cannot be written or synced.
  static Result<Journal> open(const Path& path);
  // Durable when it returns.
  Result<void> append(const Record& record);
  // Without a trailing record of state healed, per id: the newest record of each. In order of id.
  static std::vector<Record> unhealed(const std::vector<Record>& records);
  // All whole records; an absent file has none.
  static Result<std::vector<Record>> read(const Path& path);

 private:
  explicit Journal(UniqueFd fd, Path path) : fd_(std::move(fd)), path_(std::move(path)) {}
  UniqueFd fd_;
  Path path_;
};

}  // namespace bhsim::faults
