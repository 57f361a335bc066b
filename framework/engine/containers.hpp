#pragma once
// Containers: /containers/… and /exec/…

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/engine/client.hpp"
#include "framework/engine/tar.hpp"

namespace bhsim::engine {

using Labels = std::map<std::string, std::string>;

struct Mount {
  enum class Type { volume, tmpfs, bind };
  Type type = Type::volume;
  std::string source;  // volume name, or path for bind; empty for tmpfs
  std::string target;
  bool read_only = false;
  std::int64_t tmpfs_bytes = 0;  // 0: the engine's default
};

struct PublishedPort {
  int container_port = 0;
  int host_port = 0;  // 0: any free one; always on 127.0.0.1
};

struct HealthCheck {
  std::vector<std::string> test;  // {"CMD", …}
  Nanos interval{}, timeout{}, start_period{};
  int retries = 0;
};

// What a container is made from. The defaults are the safe ones.
struct ContainerSpec {
  std::string name;  // empty: the engine picks one
  std::string image;
  std::vector<std::string> entrypoint, command;  // empty: the image's
  std::vector<std::string> environment;          // NAME=value
  Labels labels;
  std::string user, working_directory;
  std::vector<Mount> mounts;
  std::vector<PublishedPort> ports;
  std::string network;               // name; empty: bridge; "none"
  std::vector<std::string> aliases;  // in that network
  std::string pid_mode;              // "container:<id>"
  std::string network_mode;          // overrides `network`: "container:<id>"
  std::int64_t memory_bytes = 0;     // also the limit with swap; 0: none
  std::int64_t nano_cpus = 0;        // 1e9 is one core
  std::string cpuset;                // "1"
  std::int64_t pids_limit = 0;       // 0: none
  bool read_only_root = true;
  bool stdin_open = false;  // one attach; stdin ends with it
  bool tty = false;
  std::vector<std::string> capabilities_dropped{"ALL"}, capabilities_added;
  std::vector<std::string> security_options{"no-new-privileges"};
  std::optional<HealthCheck> health;
  std::string stop_signal;
  Nanos stop_timeout = std::chrono::seconds(10);
  std::int64_t log_bytes = 64 << 20;  // json-file, two files of half of it each
};

struct ContainerState {
  std::string id, name, image_id;
  std::string status;  // "created", "running", "paused", "restarting", "exited", "dead"
  bool running = false, paused = false, oom_killed = false, tty = false;
  std::int64_t pid = 0, exit_code = 0, restarts = 0;
  std::string started_at, finished_at;  // the engine's wall clock; empty: never
  Labels labels;
  std::string health;                      // "healthy", "unhealthy", "starting"; empty: no check
  std::optional<std::string> health_last;  // end of the newest entry of Health.Log
  std::map<std::string, std::string> addresses;  // network → IPv4
  std::map<int, int> host_ports;                 // container port (TCP) → port on 127.0.0.1
};

// One sample of /stats. Counters are cumulative.
struct ContainerStats {
  std::string read;  // engine's wall clock
  std::uint64_t cpu_ns = 0, periods = 0, throttled_periods = 0, throttled_ns = 0;
  std::uint64_t memory_usage = 0;  // as the engine gives it
  std::uint64_t memory_used = 0;   // without inactive file pages
  std::uint64_t memory_limit = 0;
  std::optional<std::uint64_t> memory_failures;  // cgroup v2 has none
  // Taken so far, file pages included and what was given back as well; cgroup v2 does not tell.
  std::optional<std::uint64_t> memory_pages;
  std::optional<std::uint64_t> pids;
  std::uint64_t received_bytes = 0, sent_bytes = 0;
};

enum class OutputStream { out, err };
// Gets demultiplexed output as it comes: pieces, not lines. False ends the stream.
using OutputSink = std::function<bool(OutputStream stream, std::string_view bytes)>;

// Reassembles the engine's stream frames (byte 0 the stream, bytes 4 to 7 the length, big-endian),
// however they are split.
class Demultiplexer {
 public:
  explicit Demultiplexer(OutputSink sink) : sink_(std::move(sink)) {}
  // An Error for what is no frame, one over 64 MiB, or the daemon's own error frame. True: go on.
  Result<bool> feed(std::string_view bytes);
  // True when no frame is half read.
  [[nodiscard]] bool whole() const { return header_.empty() && left_ == 0; }

 private:
  Result<void> open_frame();

  OutputSink sink_;
  std::string header_;
  std::string daemon_error_;
  std::uint32_t left_ = 0;
  unsigned char stream_ = 0;
};

// Of a container made with nano_cpus the engine refuses a quota and a period: change nano_cpus.
struct Limits {
  std::optional<std::int64_t> memory_bytes, cpu_quota_us, cpu_period_us, pids_limit, nano_cpus;
  std::optional<std::string> cpuset;
};

struct LogOptions {
  bool follow = false;
  bool timestamps = false;
  std::string tail;                          // "100", or empty: all
  std::string since;                         // seconds since 1970, or empty
  Nanos deadline = std::chrono::minutes(5);  // of the whole log; not when following
};

struct ExecResult {
  std::int64_t exit_code = 0;
  std::string out, err;
  bool cut = false;  // more output than the limit
};

struct ListedContainer {
  std::string id, name, image, state;
  Labels labels;
};

Result<std::string> create_container(const Client& client, const ContainerSpec& spec,
                                     Nanos deadline = std::chrono::seconds(30));
Result<void> start_container(
    const Client& client, std::string_view id,
    Nanos deadline = std::chrono::seconds(60));  // already running is success
Result<void> stop_container(const Client& client, std::string_view id,
                            Nanos grace);  // already stopped is success
Result<void> kill_container(const Client& client, std::string_view id, std::string_view signal);
Result<void> pause_container(const Client& client, std::string_view id);
Result<void> unpause_container(const Client& client, std::string_view id);
// A limit that the engine takes and then discards is an Error.
Result<void> update_container(const Client& client, std::string_view id, const Limits& limits);
// Waits until it is not running, which is at once for one that was not started; the exit code. Ends
// early by `stop` as cancelled.
Result<std::int64_t> wait_container(const Client& client, std::string_view id,
                                    std::stop_token stop);
// Waits for the next exit: made before start_container, it misses none, however quick. Engines
// before API 1.30 cannot: there the wait begins with exit_code(), after the start, which loses
// nothing as long as the container is not removed.
class ExitWait {
 public:
  // Call once. The Client must still be there.
  Result<std::int64_t> exit_code(std::stop_token stop, Nanos deadline);

 private:
  friend Result<ExitWait> expect_exit(const Client& client, std::string_view id, Nanos deadline);
  ExitWait(const Client& client, std::string id) : client_(&client), id_(std::move(id)) {}
  const Client* client_;
  std::string id_;
  std::optional<Pending> pending_;
};
// Returns when the engine has registered the wait.
Result<ExitWait> expect_exit(const Client& client, std::string_view id,
                             Nanos deadline = std::chrono::seconds(30));
Result<ContainerState> inspect_container(const Client& client, std::string_view id);
Result<nlohmann::json> inspect_container_json(const Client& client, std::string_view id);
Result<ContainerState> parse_container(const nlohmann::json& inspected);
// All states. `label`: "name" or "name=value".
Result<std::vector<ListedContainer>> list_containers(const Client& client, std::string_view label);
// With its anonymous volumes; absent is success.
Result<void> remove_container(const Client& client, std::string_view id);
// Demultiplexed unless the container has a TTY, which is asked first. Ends at the log's end, or by
// `stop` when following.
Result<void> read_logs(const Client& client, std::string_view id, const LogOptions& options,
                       const OutputSink& sink, std::stop_token stop);
// The last lines as text, for messages.
Result<std::string> last_lines(const Client& client, std::string_view id, int lines);
// nullopt: the container is not running.
Result<std::optional<ContainerStats>> container_stats(const Client& client, std::string_view id);
Result<std::optional<ContainerStats>> parse_stats(const nlohmann::json& json);
// About one a second until `stop`, the end of the container, or false.
Result<void> follow_stats(const Client& client, std::string_view id,
                          const std::function<bool(const ContainerStats&)>& take,
                          std::stop_token stop);
// Ends within `deadline` in all, and early by `stop` as cancelled; the process goes on then. In a
// paused container it is ErrorCode::conflict.
Result<ExecResult> exec_in_container(const Client& client, std::string_view id,
                                     const std::vector<std::string>& command, Nanos deadline,
                                     std::size_t most_output = 4U << 20U,
                                     std::stop_token stop = {});
// Into and out of a tmpfs both are refused (unsupported): the engine would silently write and read
// beneath it. Such a file is staged in a volume and moved from there.
Result<void> put_archive(const Client& client, std::string_view id, std::string_view folder,
                         const std::vector<TarEntry>& entries);
Result<std::vector<TarEntry>> get_archive(const Client& client, std::string_view id,
                                          std::string_view path,
                                          std::size_t most_bytes = 256U << 20U);
Result<std::vector<std::string>> container_processes(const Client& client, std::string_view id);

struct OutputPiece {
  OutputStream stream = OutputStream::out;
  std::string bytes;
};

// Standard input, output and error of a container as one connection; with a TTY all output is
// `out`. One thread may send while another receives, and any thread may shut down.
class Attachment {
 public:
  enum class Framing { framed, tty };
  explicit Attachment(Hijacked connection, Framing framing = Framing::framed);
  Result<void> send(std::string_view bytes, Nanos deadline);
  // The next piece of output; nothing at its end. ErrorCode::timeout when none came within
  // `deadline`; ErrorCode::protocol when it was cut inside a frame.
  Result<std::optional<OutputPiece>> receive(Nanos deadline);
  void shut_down();

 private:
  Hijacked connection_;
  Framing framing_;
  std::unique_ptr<std::deque<OutputPiece>> pieces_;  // its address is held by the demultiplexer
  Demultiplexer frames_;
};

// Attach before start, so that nothing is missed.
Result<Attachment> attach(const Client& client, std::string_view id,
                          Nanos deadline = std::chrono::seconds(30));

}  // namespace bhsim::engine
