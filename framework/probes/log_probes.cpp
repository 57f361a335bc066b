// Growing files of the container, turned into rows: GC log, redefine log, audit log.

#include <nlohmann/json.hpp>

#include "framework/probes/audit_line.hpp"
#include "framework/probes/jvm_logs.hpp"
#include "framework/probes/sidecar_probes.hpp"
#include "framework/probes/tail.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

// Reads each `period` and once more at the end. Says only the first thing that went wrong.
void follow(const Scene& scene, std::string_view probe, const std::string& path, Nanos period, const std::stop_token& stop,
            const std::function<void(std::string_view)>& take) {
  if (path.empty()) return;
  FileTail tail(*scene.segment.sidecar, path, take);
  bool said = false;
  const auto read = [&] {
    const auto done = tail.read();
    if (done || said || !scene.segment.sidecar->alive()) return;
    said = true;
    scene.complain(probe, done.error().message);
  };
  each(scene.clock, period, stop, read);
  read();
}

}  // namespace

void probe_gc_log(const Scene& scene, const std::stop_token& stop) {
  follow(scene, "gc log", scene.options.gc_log, 1s, stop, [&](std::string_view line) {
    if (auto pause = parse_gc_line(line)) scene.store.add(std::move(*pause));
  });
}

void probe_redefine_log(const Scene& scene, const std::stop_token& stop) {
  follow(scene, "redefine log", scene.options.redefine_log, 1s, stop, [&](std::string_view line) {
    if (auto row = parse_redefine_line(line)) scene.store.add(std::move(*row));
  });
}

void probe_audit(const Scene& scene, const std::stop_token& stop) {
  // Of a restarted application the file holds the lines of the starts before it too: those are known.
  const Time since = scene.clock.now() - 60s;
  follow(scene, "audit log", scene.options.audit_file, 5s, stop, [&](std::string_view line) {
    if (auto row = parse_audit_line(line); row && row->t >= since) scene.store.add(std::move(*row));
  });
}

}  // namespace bhsim::probes
