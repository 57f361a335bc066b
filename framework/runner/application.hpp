#pragma once
// One instance of the application on the engine: its network, volumes and container, with the agent
// and its configuration given through a volume, so that a user's image needs nothing of ours. The
// run under load is one; each conformance item and audit has one of its own.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/engine/client.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/export.hpp"
#include "framework/faults/fault.hpp"
#include "framework/history/records.hpp"
#include "framework/runner/dependency.hpp"
#include "framework/runner/images.hpp"
#include "framework/sidecar/start.hpp"

namespace bhsim::runner {

// What every container, network and volume of a run carries: clean-up goes by it and by nothing
// else.
using faults::kRunLabel;

// Cores: the application on some, generator, bhsim and engine on the rest.
struct Cores {
  std::string application;  // cpuset: "1"
  std::vector<int> own;     // bhsim's
  int application_count = 1;
};
Cores divide_cores(int online);

// What all instances of a run share.
struct Setting {
  const engine::Client* engine = nullptr;
  const Clock* clock = nullptr;
  const config::Plan* plan = nullptr;
  std::string run_id;
  Image image;                 // the application's
  Image helper;                // side-cars and holder
  std::string user;            // "10001:10001": of the application's processes
  bool abort_on_fail = false;  // as RunOptions has them
  bool keep = false;
  Path agent_jar;    // on this machine; empty: no agent
  Path staller_jar;  // likewise, for containers whose plan asks for it (framework/runner/staller)
  Cores cores;
};

// Where the contract's and our own files lie in the container.
inline constexpr std::string_view kGivenFolder = "/given";
inline constexpr std::string_view kGcLog = "/logs/gc.log";
inline constexpr std::string_view kRedefineLog = "/logs/redefine.log";
inline constexpr std::string_view kRecordings = "/logs/recording";
inline constexpr std::string_view kHeapDump = "/logs/heap.hprof";
inline constexpr std::string_view kCrashReport = "/logs/hs_err.log";
// Of the logs volume, what is kept with a run: a heap dump of more than this is left out.
inline constexpr std::int64_t kMostKept = 2LL << 30U;
inline constexpr std::int64_t kMostKeptFile = 1LL << 30U;

// {jvm} and {agent} of the contract's command, with everything that bhsim adds to a JVM, and
// {dependency} as its address. Pure.
std::vector<std::string> application_command(const config::Plan& plan,
                                             std::string_view dependency = {});

// The end of an application that nobody of bhsim has ended.
struct UnplannedEnd {
  history::JvmSegment segment;
  Time seen_running;       // for the last time
  bool asked_for = false;  // through the engine, by another program or by the engine's own end
  Nanos engine_silent{};   // the engine had not answered for so long when the end was seen
  std::string last_lines;
};

class Application {
 public:
  // Creates everything and starts nothing but the holder and the dependency. `role`: "load",
  // "bad-swaps", "drain" …
  static Result<std::unique_ptr<Application>> create(const Setting& setting,
                                                     const std::string& role);
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  ~Application() = default;  // leaves everything: remove() or the clean-up of the run takes it away

  // Starts the JVM and its side-car, waits until it is ready (at most the contract's time). A port
  // that somebody took meanwhile is exchanged for another. Fails with ErrorCode::engine when the
  // engine cannot start it, and with ErrorCode::config, at once and with the last log lines, when
  // it ends by itself or does not become ready.
  Result<history::JvmSegment> start(std::stop_token stop);
  // The container runs again (a fault's undo started it): a new segment, side-car and wait. What
  // fails with ErrorCode::config is the application's own failure, as of start(), and segment() is
  // the new one all the same.
  Result<history::JvmSegment> resume(Time t_start, std::stop_token stop);
  // It has become ready after all, later than its contract allows.
  history::JvmSegment ready_late(Time t_ready);
  // Asks it to end, waits; the segment with its end. One that had ended before stays as it is, or
  // is unplanned.
  Result<history::JvmSegment> stop();
  // The segment's end as the engine tells it now; used after a kill.
  Result<history::JvmSegment> ended(bool planned);

  // Whether it has ended although it should run; nothing while it does.
  Result<std::optional<UnplannedEnd>> look_for_end();
  // Ready, and not known to have ended.
  [[nodiscard]] bool should_run() const { return segment_.t_ready && !segment_.t_end; }
  [[nodiscard]] Time seen_running() const { return seen_running_; }

  // The bytes of a class as compiled, from the image.
  Result<std::string> original_class(const std::string& class_name) const;
  // A file or folder of the volumes, into `into` on this machine; what is left out as too large
  // (kMostKept, kMostKeptFile) is said, and returned. Works also after the end.
  Result<std::vector<engine::LeftOut>> keep_files(std::string_view path, const Path& into) const;
  // Container, holder, dependency, network and volumes; absent ones are no error.
  Result<void> remove();

  [[nodiscard]] const std::string& container() const { return container_; }
  [[nodiscard]] const std::string& role() const { return role_; }
  [[nodiscard]] int port() const { return port_; }
  // What a fault makes a helper of its own from.
  [[nodiscard]] faults::HandSpec hand() const {
    return {.image = setting_.helper.id, .user = setting_.user, .volumes = volumes_};
  }
  [[nodiscard]] const history::JvmSegment& segment() const { return segment_; }
  // Null where it has none.
  [[nodiscard]] DependencyContainer* dependency() const { return dependency_.get(); }
  // The side-car of the present start; nothing between two. Thread-safe.
  [[nodiscard]] std::shared_ptr<sidecar::Sidecar> sidecar() const;

 private:
  Application(const Setting& setting, std::string role);
  Result<void> create_all();
  Result<void> start_dependency();
  Result<void> create_container();
  Result<void> give_files();
  [[nodiscard]] engine::ContainerSpec container_spec() const;
  [[nodiscard]] sidecar::SidecarSpec sidecar_spec() const;
  [[nodiscard]] std::string name(std::string_view what) const;
  Result<void> start_sidecar();
  void set_sidecar(std::shared_ptr<sidecar::Sidecar> sidecar);
  Result<void> wait_ready(std::stop_token stop);
  [[nodiscard]] Result<bool> was_signalled() const;
  [[nodiscard]] std::string last_lines() const;
  [[nodiscard]] std::string main_thread() const;
  [[nodiscard]] Error died(const engine::ContainerState& state) const;

  Setting setting_;
  std::string role_;
  std::atomic<int> port_ = 0;  // may change while start() looks for one that is free
  std::string container_, holder_, network_, sidecar_container_;
  std::vector<sidecar::VolumeMount> volumes_;
  std::unique_ptr<DependencyContainer> dependency_;
  mutable std::mutex sidecar_mutex_;
  std::shared_ptr<sidecar::Sidecar> sidecar_;
  history::JvmSegment segment_;
  Time seen_running_;
};

// One GET on 127.0.0.1: true when it answered 200 in time.
bool answers_ok(int port, const std::string& path, Nanos patience);
// The same, as faults ask it.
faults::Heard hear(int port, const std::string& path, Nanos patience);

}  // namespace bhsim::runner
