// The flight recording, started in the JVM that serves already. By a flag of the JVM it would start
// 1.4 s later on one core (measured): what bhsim watches with must not lengthen the outage of a
// kill, which it measures.

#include "framework/probes/probe.hpp"

namespace bhsim::probes {

void probe_recording(const Scene& scene, const std::stop_token&) {
  const auto& file = scene.options.recording;
  if (file.empty()) return;
  const auto answer = scene.segment.sidecar->attach_command(
      fmt::format("JFR.start filename={} dumponexit=true settings=default maxsize=256m", file));
  if (!answer)
    scene.complain("recording", answer.error().message);
  else if (answer->find("Started recording") == std::string::npos)
    scene.complain("recording", fmt::format("JFR.start {}: the JVM says: {}", file,
                                            answer->substr(0, answer->find('\n'))));
}

}  // namespace bhsim::probes
