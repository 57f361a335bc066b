#pragma once
// What is kept of an application that failed, beside the logs and recordings of every run, so that
// somebody who was not there can find the cause: artifacts/diagnosis/ and fact "diagnosis". Taken
// when load and probes have ended and before the application is stopped: no measurement is
// disturbed by it.

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

// What is known when the load is over. The checks judge later: here it is only decided whether to
// look.
struct Signs {
  std::string ended_early;  // why the run ended before its time; empty: it did not
  std::int64_t requests = 0, errors = 0;
  std::int64_t swaps_failed = 0;    // lost, or accepted although bad
  std::int64_t went_back = 0;       // generations that went back or are unknown
  std::int64_t writes_lost = 0;     // acknowledged, and not there when read back
  std::int64_t writes_altered = 0;  // there, and not what was written, or twice
  std::int64_t not_recovered = 0;   // faults that were undone, and the application stayed down
  std::int64_t deadlocks = 0;       // thread dumps in which the JVM tells of one
  bool out_of_memory = false;       // there is a heap dump, written at an OutOfMemoryError
};
// Why the application is to be looked into, a sentence each; empty: nothing speaks for it. Errors
// count from the plan's limit of LOAD-01 on, or of REL-01 where faults are planned.
std::vector<std::string> reasons_to_look(const config::Plan& plan, const Signs& signs);

// The head of a HotSpot crash report in one sentence: the signal, and the frame that it hit. Empty
// when the text is none. Pure.
std::string crash_in_words(std::string_view report);
// The first frames of the thread of that name in a thread dump; empty when there is none. Pure.
std::string thread_in_dump(std::string_view dump, std::string_view name);
// The first classes of a class histogram: "120 MB of [B, 3.1 MB of java.lang.String". Pure.
std::string largest_classes(std::string_view histogram, std::size_t most);

class Diagnosis {
 public:
  // `setting` must outlive it.
  Diagnosis(const Setting& setting, Path run_directory, std::vector<std::string> reasons);

  // What only a running JVM, the engine and this moment can tell. At most about a minute when
  // nothing answers; `stop` shortens it. What could not be had is noted, and no failure.
  void look_at(const Application& application, const std::stop_token& stop);
  // What the application has left on its volumes, when it is below artifacts/: crash report and
  // heap dump. `left_out` was too large to be kept.
  void look_at_files(const std::vector<engine::LeftOut>& left_out, const Signs& signs,
                     const history::JvmSegment& last);
  // Whether a crash report or a heap dump was kept.
  static bool worth_it(const Path& run_directory);
  void keep(history::Store& store) const;

 private:
  struct File {
    std::string path;  // below the run directory
    std::string what;
    std::int64_t bytes = 0;
  };
  struct Note {
    std::string what;
    std::string text;  // why it is missing; or the file to look at first
  };
  void keep_text(const std::string& name, std::string_view what, const Result<std::string>& text);
  void look_at_jvm(const Application& application, const std::stop_token& stop);
  void look_at_crash_report();
  void look_at_heap_dump(const std::vector<engine::LeftOut>& left_out);
  [[nodiscard]] const File* file(std::string_view part) const;
  void look_first(std::string what, std::string_view part);

  const Setting& setting_;
  const Path run_directory_;
  const std::vector<std::string> reasons_;
  std::string histogram_;  // largest classes of it, in words
  std::vector<File> files_;
  std::vector<Note> missing_, look_first_;
};

}  // namespace bhsim::runner
