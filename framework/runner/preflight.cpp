#include "framework/runner/preflight.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/faults/host.hpp"

namespace bhsim::runner {
namespace {

constexpr std::int64_t kGigabyte = 1LL << 30;
constexpr std::int64_t kLeastMemory = 2 * kGigabyte;
constexpr std::int64_t kLeastDisk = 2 * kGigabyte;  // images, volumes, logs, the store
constexpr std::int64_t kDiskAnHour = 256LL << 20;   // store, application log, JFR

std::int64_t available_memory() {
  std::ifstream info("/proc/meminfo");
  std::string name, unit;
  std::int64_t kilobytes = 0;
  while (info >> name >> kilobytes >> unit)
    if (name == "MemAvailable:") return kilobytes * 1024;
  return 0;
}

// The heap that the plan's JVM flags ask for at once (-Xms); the rest is reserved, not used.
std::int64_t initial_heap(const config::Plan& plan) {
  for (auto flag = plan.jvm.rbegin(); flag != plan.jvm.rend(); ++flag)  // the last one counts
    if (flag->starts_with("-Xms"))
      if (const auto size = parse_size(std::string_view(*flag).substr(4))) return *size;
  return 0;
}

Finding enough(std::string_view what, std::int64_t have, std::int64_t need, std::string_view todo) {
  Finding finding;
  finding.what =
      fmt::format("{}: {} available, {} needed", what, format_size(have), format_size(need));
  if (have < need) {
    finding.level = Finding::Level::bad;
    finding.todo = todo;
  }
  return finding;
}

}  // namespace

Machine this_machine(const Path& out) {
  Machine machine;
  machine.cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  machine.memory_available = available_memory();
  Path existing = std::filesystem::absolute(out);
  while (!std::filesystem::exists(existing) && existing.has_relative_path())
    existing = existing.parent_path();
  struct statvfs disk {};
  if (::statvfs(existing.c_str(), &disk) == 0)
    machine.disk_available =
        static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  return machine;
}

std::vector<Finding> examine(const Machine& machine, const config::Plan* plan) {
  std::vector<Finding> findings;
  const std::int64_t memory = kLeastMemory + (plan != nullptr ? initial_heap(*plan) : 0);
  const double hours = plan != nullptr ? to_seconds(plan->duration) / 3600 : 0;
  const std::int64_t disk =
      kLeastDisk + static_cast<std::int64_t>(hours * static_cast<double>(kDiskAnHour));
  findings.push_back(enough("memory", machine.memory_available, memory,
                            "stop other programs, or give the JVM a smaller -Xms"));
  findings.push_back(
      enough("disk", machine.disk_available, disk, "free some, or choose another --out"));
  Finding cores{.what = fmt::format("{} cores", machine.cores), .todo = {}};
  if (machine.cores < 2) {
    cores.level = Finding::Level::bad;
    cores.todo = "two are the least: one for the application, one for the load";
  } else if (machine.cores < 4) {
    cores.level = Finding::Level::warning;
    cores.todo =
        "the application has one core of its own; generator, bhsim and engine share the other";
  }
  findings.push_back(std::move(cores));
  return findings;
}

Finding describe_engine(const engine::Client& engine) {
  const auto version = nlohmann::json::parse(engine.version_json(), nullptr, false);
  return {.level = Finding::Level::good,
          .what = fmt::format("engine {}, API {} at {} (from {})",
                              version.is_object() ? version.value("Version", "?") : "?",
                              engine::to_string(engine.api()), engine.endpoint().url,
                              engine.endpoint().source),
          .todo = {}};
}

Result<void> faults_possible(const engine::Client& engine, const config::Plan& plan) {
  if (plan.faults.empty()) return {};
  std::vector<std::string> kinds;
  for (const auto& fault : plan.faults) kinds.push_back(fault.kind);
  return faults::possible_here(kinds, faults::host_of(engine));
}

Result<void> preflight(const Machine& machine, const config::Plan& plan) {
  std::string bad;
  for (const auto& finding : examine(machine, &plan))
    if (finding.level == Finding::Level::bad)
      bad += fmt::format("\n  {}: {}", finding.what, finding.todo);
  if (bad.empty()) return {};
  return fail(ErrorCode::engine, "this machine cannot run the plan:{}", bad);
}

}  // namespace bhsim::runner
