// Growing files of the container, turned into rows: GC log, redefine log, audit log.

#include "framework/probes/audit_line.hpp"
#include "framework/probes/jvm_logs.hpp"
#include "framework/probes/probe.hpp"
#include "framework/probes/tail.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

// Reads each `period` and once more at the end. Says only the first thing that went wrong. Returns
// where the file was left.
TailPosition follow(const Scene& scene, std::string_view probe, const std::string& path,
                    Nanos period, const std::stop_token& stop, TailPosition from,
                    const std::function<void(std::string_view)>& take) {
  if (path.empty()) return from;
  FileTail tail(*scene.segment.sidecar, path, take, from);
  bool said = false;
  const auto read = [&] {
    const auto done = tail.read();
    if (done || said || !scene.segment.sidecar->alive()) return;
    said = true;
    scene.complain(probe, done.error().message);
  };
  each(scene.clock, period, stop, read);
  read();
  return tail.position();
}

}  // namespace

// A new JVM begins both of its logs anew.
void probe_gc_log(const Scene& scene, const std::stop_token& stop) {
  follow(scene, "gc log", scene.options.gc_log, 1s, stop, {}, [&](std::string_view line) {
    auto pause = parse_gc_line(line);
    if (!pause) return;
    if (pause->cause == "System.gc()") pause->forced = scene.continuity.forced.contains(pause->t);
    scene.store.add(std::move(*pause));
  });
}

void probe_redefine_log(const Scene& scene, const std::stop_token& stop) {
  follow(scene, "redefine log", scene.options.redefine_log, 1s, stop, {},
         [&](std::string_view line) {
           if (auto row = parse_redefine_line(line)) scene.store.add(std::move(*row));
         });
}

// The audit log goes on over restarts: it is taken up where the JVM before had left it.
void probe_audit(const Scene& scene, const std::stop_token& stop) {
  std::int64_t strange = 0;
  scene.continuity.audit = follow(scene, "audit log", scene.options.audit_file, 5s, stop,
                                  scene.continuity.audit, [&](std::string_view line) {
                                    auto row = parse_audit_line(line, [&](WallTime wall) {
                                      return at_wall(scene.clock, wall);
                                    });
                                    if (row)
                                      scene.store.add(std::move(*row));
                                    else if (!line.empty())
                                      ++strange;
                                  });
  if (strange > 0)
    scene.complain("audit log", fmt::format("{} lines of {} are not in the form of docs/agent.md",
                                            strange, scene.options.audit_file));
}

}  // namespace bhsim::probes
