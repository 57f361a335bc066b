#include <fstream>

#include "framework/probes/sidecar_probes.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKeptOfDeadlock = 2'000;
constexpr std::string_view kDeadlock = "Java-level deadlock";

std::int64_t count(std::string_view text, std::string_view word) {
  std::int64_t found = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size())) ++found;
  return found;
}

}  // namespace

Result<void> dump_threads(const Scene& scene) {
  BHSIM_ASSIGN(const auto text, scene.segment.sidecar->thread_dump());
  history::ThreadDump row;
  row.t = scene.clock.now();
  row.file = fmt::format("artifacts/threads-{}-{}-{}.txt", scene.options.role, scene.segment.number, ++*scene.dumps);
  row.threads = count(text, "java.lang.Thread.State:");
  const auto deadlock = text.find(kDeadlock);
  row.deadlock = deadlock != std::string::npos;
  if (row.deadlock) row.detail = text.substr(deadlock, kKeptOfDeadlock);
  std::ofstream file(scene.options.run_directory / row.file, std::ios::binary);
  file << text;
  if (!file) return fail(ErrorCode::io, "write {}", row.file);
  scene.store.add(std::move(row));
  return {};
}

void probe_thread_dumps(const Scene& scene, const std::stop_token& stop) {
  bool said = false;
  const auto dump = [&] {
    if (!scene.segment.sidecar->alive()) return;
    const auto done = dump_threads(scene);
    if (!done && !said) scene.complain("thread dumps", done.error().message);
    said = said || !done;
  };
  each(scene.clock, 30s, stop, dump);
  dump();
}

void probe_volumes(const Scene& scene, const std::stop_token& stop) {
  each(scene.clock, 10s, stop, [&] {
    std::int64_t bytes = 0;
    for (const auto& path : scene.options.volumes) {
      const auto usage = scene.segment.sidecar->usage(path);
      if (!usage) return;
      bytes += usage->bytes;
    }
    if (!scene.options.volumes.empty()) sample(scene, "volume.used", scene.clock.now(), static_cast<double>(bytes));
  });
}

}  // namespace bhsim::probes
