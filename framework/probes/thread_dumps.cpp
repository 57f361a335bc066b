// Thread dumps, each 30 s and when asked for; more where threads ask for locks.

#include "framework/base/files.hpp"
#include "framework/engine/containers.hpp"
#include "framework/probes/lock_waits.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kKeptOfDeadlock = 2'000;
constexpr int kMostAttachFailures = 2;  // in a row
constexpr std::string_view kDeadlock = "Java-level deadlock";
// A thread that asks for a lock may get it in a moment. Whether it does is told by further looks,
// so close together that a stuck one is known before the next dump is due.
constexpr int kSecondLooks = 2;
constexpr Nanos kSecondLook = 5s;

std::int64_t count(std::string_view text, std::string_view word) {
  std::int64_t found = 0;
  for (auto at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size()))
    ++found;
  return found;
}

}  // namespace

Result<void> keep_thread_dump(const Scene& scene, std::string_view text) {
  history::ThreadDump row;
  row.t = scene.clock.now();
  row.file = fmt::format("artifacts/thread-dump-{}-{}-{}.txt", scene.options.role,
                         scene.segment.number, ++scene.continuity.dumps);
  row.threads = count(text, "java.lang.Thread.State:");
  const auto deadlock = text.find(kDeadlock);
  row.deadlock = deadlock != std::string_view::npos;
  if (row.deadlock) {
    row.detail = text.substr(deadlock, kKeptOfDeadlock);
    ++scene.continuity.deadlocks;
  }
  auto waits = lock_waits(text);
  if (row.threads > 0) row.lock_waits = static_cast<std::int64_t>(waits.size());
  scene.continuity.lock_waits = row.lock_waits.value_or(0);
  BHSIM_TRY(write_file(scene.options.run_directory / row.file, text));
  for (auto& wait : waits) {
    wait.t = row.t;
    scene.store.add(std::move(wait));
  }
  scene.store.add(std::move(row));
  return {};
}

Result<void> dump_threads(const Scene& scene) {
  auto* sidecar = scene.segment.sidecar;
  auto& failures = scene.continuity.attach_failures;
  if (sidecar != nullptr && failures < kMostAttachFailures) {
    const auto text = sidecar->thread_dump();
    if (text) {
      failures = 0;
      return keep_thread_dump(scene, *text);
    }
    // One may be the fault of a fault: a JVM that is frozen or gone cannot be dumped the other way
    // either.
    if (!sidecar->alive() || ++failures < kMostAttachFailures) return fail(text.error());
    scene.complain("thread dumps", text.error().message + "; from now on by SIGQUIT");
  }
  // The JVM prints it to its output, which probe_app_log reads. No wrapper dies of it: a first
  // process without a handler does not get the signal.
  return engine::kill_container(scene.engine, scene.segment.container, "SIGQUIT");
}

void probe_thread_dumps(const Scene& scene, const std::stop_token& stop) {
  bool said = false;
  const auto dump = [&] {
    const auto done = dump_threads(scene);
    if (!done && !std::exchange(said, true)) scene.complain("thread dumps", done.error().message);
  };
  each(scene.clock, 30s, stop, [&] {
    dump();
    for (int i = 0; i < kSecondLooks && scene.continuity.lock_waits > 0; ++i) {
      if (!sleep_until(scene.clock, scene.clock.now() + kSecondLook, stop)) return;
      dump();
    }
  });
  if (const auto* sidecar = scene.segment.sidecar; sidecar != nullptr && sidecar->alive()) dump();
}

}  // namespace bhsim::probes
