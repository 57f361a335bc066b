#pragma once
// The readiness report: the 20 success criteria of phase 9.2 over runs of one application and agent
// (docs/assess.md).

#include <string>
#include <string_view>
#include <vector>

#include "checks/assess.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/report/terminal.hpp"

namespace bhsim::report {

// What is assessed.
struct Subject {
  std::vector<std::string> applications;  // names of the contracts, each once
  std::string image;                      // "sha256:…"
  std::string agent;                      // name of its profile
  std::string agent_sha256;               // of its jar; empty without one
  std::string words;                      // of a command line that runs the same
};

// Runs that say nothing here.
struct LeftOut {
  std::string what;  // a run id, or some of them
  std::string why;
};

struct Readiness {
  Subject subject;
  std::vector<checks::CountedRun> runs;  // in the order of checks::sections()
  std::vector<LeftOut> left_out;
  checks::Assessment assessment;
};

// Writes every format into `folder`, each whole or not at all.
Result<void> write_readiness(const Path& folder, const Readiness& readiness);

// For the console: verdict, runs, criteria with what decides them, and what would give the evidence
// that lacks.
std::string readiness_block(const Readiness& readiness, const Path& folder, Colour colour);

// --- for this folder: what the formats share

// "ProductionSimulationApp (image sha256:721911cef8e3) with agent reference (sha256:b0f8302c422b)".
std::string subject_line(const Subject& subject);
// What a reader must know of a run before believing it: settings, other limits, waivers.
std::string remarks(const checks::CountedRun& run);
// "PERF-05: the mean of …"; with `most` reasons, the others counted.
std::vector<std::string> sentences(std::span<const checks::Part> parts, checks::Status status,
                                   std::size_t most);
const checks::CountedRun* run_of(const Readiness& readiness, std::string_view simulation);

// configs/schema/readiness.schema.json.
inline constexpr int kReadinessFormat = 1;
std::string readiness_html(const Path& folder, const Readiness& readiness);
std::string readiness_json(const Path& folder, const Readiness& readiness);
std::string readiness_junit(const Path& folder, const Readiness& readiness);
std::string readiness_markdown(const Path& folder, const Readiness& readiness);

}  // namespace bhsim::report
