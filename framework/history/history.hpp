#pragma once
// Reading a run: what checks and reports see. Opened read-only; loads on demand; works on sealed
// and on cut-short stores.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/history/records.hpp"

namespace bhsim::history {

// Half-open [from, to).
struct Span {
  Time from;
  Time to;
  [[nodiscard]] bool contains(Time t) const { return from <= t && t < to; }
  [[nodiscard]] Nanos length() const { return to - from; }
  friend bool operator==(const Span&, const Span&) = default;
};

struct Point {
  Time t;
  double value;
};

// Rows of one table as text, for people.
struct Excerpt {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // at most as many as asked for
  std::int64_t total = 0;                                     // all that meet the condition
};

// Everything is in time order unless said otherwise. Not thread-safe. The vectors are cached:
// asking twice is cheap, and references stay valid as long as the History.
class History {
 public:
  static Result<History> open(const Path& run_directory);
  // From rows in memory: how tests and recorded defect histories make one.
  static Result<History> open_file(const Path& database);
  History(History&&) noexcept;
  History& operator=(History&&) noexcept;
  ~History();

  [[nodiscard]] const std::string& run_id() const;
  // True when the run ended in order and was sealed by its runner; otherwise the evidence ends at
  // `last()`.
  [[nodiscard]] bool sealed() const;
  [[nodiscard]] Time last() const;
  // Rows that the writer had to drop; more than 0 makes a run invalid.
  [[nodiscard]] std::int64_t dropped_rows() const;

  [[nodiscard]] const std::vector<Window>& windows() const;
  [[nodiscard]] std::vector<Window> windows(WindowKind kind) const;
  [[nodiscard]] std::optional<Span> phase(std::string_view name) const;
  // The load phases that are measured: from the first to the last phase, without warm-up.
  [[nodiscard]] std::optional<Span> measured() const;
  // True when t lies in a window of that kind.
  [[nodiscard]] bool in_window(WindowKind kind, Time t) const;
  // `whole` minus the windows of those kinds, as disjoint spans in order.
  [[nodiscard]] std::vector<Span> outside(Span whole, std::span<const WindowKind> kinds) const;

  [[nodiscard]] const std::vector<JvmSegment>& jvms() const;
  [[nodiscard]] const std::vector<Point>& samples(std::string_view series) const;
  [[nodiscard]] const std::vector<LoadSecond>& load() const;
  [[nodiscard]] const std::vector<GeneratorSecond>& generator() const;
  [[nodiscard]] const std::vector<Failure>& failures() const;
  [[nodiscard]] const std::vector<Swap>& swaps() const;
  [[nodiscard]] const std::vector<Served>& served() const;
  [[nodiscard]] const std::vector<Violation>& violations() const;
  [[nodiscard]] const std::vector<Fault>& faults() const;
  [[nodiscard]] const std::vector<GcPause>& gc() const;
  [[nodiscard]] const std::vector<Redefinition>& redefinitions() const;
  [[nodiscard]] const std::vector<LogLine>& log_lines() const;
  [[nodiscard]] const std::vector<Health>& health() const;
  [[nodiscard]] const std::vector<ThreadDump>& thread_dumps() const;
  [[nodiscard]] const std::vector<LockWait>& lock_waits() const;
  [[nodiscard]] const std::vector<LedgerCheck>& ledger_checks() const;
  [[nodiscard]] const std::vector<AuditLine>& audit() const;
  [[nodiscard]] const std::vector<EngineEvent>& events() const;
  // By kind and rank.
  [[nodiscard]] const std::vector<Cost>& costs() const;
  [[nodiscard]] const std::vector<Artifact>& artifacts() const;
  [[nodiscard]] const std::vector<ClockPoint>& clock() const;
  [[nodiscard]] const std::vector<Pair>& pairs() const;
  [[nodiscard]] const std::vector<PairJvm>& pair_jvms() const;
  [[nodiscard]] const std::vector<PairThread>& pair_threads() const;
  [[nodiscard]] const std::vector<PairWindow>& pair_windows() const;

  // nullopt when the fact was never stored.
  [[nodiscard]] std::optional<std::string> fact_text(std::string_view name) const;
  [[nodiscard]] std::optional<nlohmann::json> fact(std::string_view name) const;

  // The rows of `table` that meet the SQL condition `where`, in the order of the table; what is not
  // text or a number is named by its size. An Error when SQLite refuses the words.
  [[nodiscard]] Result<Excerpt> excerpt(std::string_view table, std::string_view where,
                                        int rows) const;

  // Wall time of an instant, by the nearest clock rows.
  [[nodiscard]] WallTime wall(Time t) const;

 private:
  struct State;
  explicit History(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::history
