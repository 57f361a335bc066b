#pragma once
// Writing a run: one writer thread owns SQLite; everybody else hands rows over through a bounded
// queue. The file is valid at every instant (WAL): a run killed anywhere leaves a store that can be
// opened and judged.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/history/records.hpp"

namespace bhsim::history {

constexpr int kSchemaVersion = 1;

class Store {
 public:
  // Creates `run.db` in the run directory; refuses when there is one.
  static Result<Store> create(const Path& run_directory, std::string_view run_id);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();  // stops the writer without sealing: what was handed over is written

  // Hand over one row; thread-safe, never waits. A full queue (a minute of rows) drops the row and
  // counts it; a dropped row makes the run invalid at seal, never silently thinner.
  void add(ClockPoint row);
  void add(Window row);
  void add(JvmSegment row);  // replaces the row of the same (role, segment)
  void add(Sample row);
  void add(LoadSecond row);
  void add(GeneratorSecond row);
  void add(Failure row);
  void add(Swap row);  // replaces the row of the same (role, class, generation)
  void add(Served row);
  void add(Violation row);
  void add(Fault row);  // replaces the row of the same id
  void add(GcPause row);
  void add(Redefinition row);
  void add(LogLine row);
  void add(Health row);
  void add(ThreadDump row);
  void add(LockWait row);
  void add(LedgerCheck row);
  void add(AuditLine row);
  void add(EngineEvent row);
  void add(Cost row);  // replaces the row of the same kind and rank
  void add(Artifact row);
  void add(Pair row);
  void add(PairJvm row);
  void add(PairThread row);
  void add(PairWindow row);
  // Replaces the fact of that name; `json` must be valid JSON.
  void set_fact(std::string_view name, std::string json);
  // Likewise, of a document that may hold words of others (an application's log, names of files):
  // what is no UTF-8 in them is replaced, and never an exception.
  void set_fact_json(std::string_view name, const nlohmann::json& document);

  // Waits until all rows handed over so far are committed.
  Result<void> flush();
  // Ends writing: commits, checkpoints the WAL, registers the artifacts, writes manifest.json
  // (SHA-256 of every file) and syncs.
  Result<void> seal();

 private:
  struct State;
  explicit Store(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Seals the store of a run that died: what `recover` does. Idempotent.
Result<void> seal_abandoned(const Path& run_directory, std::string_view reason);
// Compares manifest.json with the files: an Error names the first that differs or lacks.
Result<void> verify_manifest(const Path& run_directory);

}  // namespace bhsim::history
