// MON, COMP.

#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;

std::vector<Planted> monitoring() {
  return {
      {"RecordingIsStoppedHalfWay",
       "MON-05",
       {},
       [](CleanRun& run) { run.facts["recordings"][0]["to_ns"] = to_ns(at(250)); }},
      {"ThereIsNoRecording",
       "MON-05",
       {},
       [](CleanRun& run) { run.facts["recordings"] = nlohmann::json::array(); }},
  };
}

std::vector<Planted> compliance() {
  return {
      {"SwapIsNotAudited",
       "COMP-01",
       {},
       [](CleanRun& run) { run.audit.erase(run.audit.begin() + 40); }},
      {"AuditIsSilent", "COMP-01", {}, [](CleanRun& run) { run.audit.clear(); }},
      {"AgentReadsAnotherConfiguration",
       "COMP-04",
       {},
       [](CleanRun& run) {
         run.facts["config.in_force"]["reported_sha256"] = std::string(64, 'e');
       }},
      {"AgentDoesNotTellItsConfiguration",
       "COMP-04",
       {},
       [](CleanRun& run) { run.facts["config.in_force"]["reported_sha256"] = nullptr; }},
      {"DiskAndJvmDiffer",
       "COMP-05",
       {},
       [](CleanRun& run) { run.facts["drift"][1]["disk_sha256"] = std::string(64, 'f'); }},
      {"SeedIsNotRecorded",
       "COMP-07",
       {},
       [](CleanRun& run) { run.facts["versions"].erase("seed"); }},
      {"ImagesAreNotRecordedByDigest",
       "COMP-07",
       {},
       [](CleanRun& run) {
         run.facts["versions"]["images"] = {{"app", "app:latest"}};
       }},
  };
}

}  // namespace

const std::vector<Planted>& planted_readiness() {
  static const std::vector<Planted> all = joined({monitoring(), compliance()});
  return all;
}

}  // namespace bhsim::checks
