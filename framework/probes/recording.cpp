// The flight recording, started in the JVM that serves already. By a flag of the JVM it would start
// 1.4 s later on one core (measured): what bhsim watches with must not lengthen the outage of a
// kill, which it measures.

#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

// Nothing when it has started; else what the JVM says.
std::optional<std::string> start_recording(sidecar::Sidecar& sidecar, const std::string& file,
                                           std::string_view settings) {
  const auto answer = sidecar.attach_command(fmt::format(
      "JFR.start filename={} dumponexit=true settings=default maxsize=256m{}", file, settings));
  if (!answer) return answer.error().message;
  if (answer->find("Started recording") != std::string::npos) return std::nullopt;
  return fmt::format("JFR.start {}: the JVM says: {}", file, answer->substr(0, answer->find('\n')));
}

}  // namespace

void probe_recording(const Scene& scene, const std::stop_token&) {
  if (scene.options.recordings.empty()) return;
  // One that ends in order writes its own at its end: the next must not write over it.
  const auto file = fmt::format("{}-{}.jfr", scene.options.recordings, scene.segment.number);
  auto& sidecar = *scene.segment.sidecar;
  // By default the JVM counts what its threads allocate once a chunk only.
  if (!start_recording(sidecar, file, " jdk.ThreadAllocationStatistics#period=1s")) return;
  // Before JDK 17 settings of single events could not be given so.
  if (const auto trouble = start_recording(sidecar, file, ""))
    scene.complain("recording", *trouble);
  else
    scene.complain("recording", "this JVM tells only once a chunk what its threads allocate");
}

}  // namespace bhsim::probes
