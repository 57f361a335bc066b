#pragma once
// bhsim's hand inside the target's container: one helper process (docker/helper) for each start of
// the JVM, spoken to in JSON lines (docs/sidecar.md). It dies with its target; every call then ends
// at once with ErrorCode::conflict.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/sidecar/channel.hpp"
#include "framework/sidecar/tick.hpp"

namespace bhsim::sidecar {

// How new bytes get into the watched place.
enum class Way {
  rename_touch,  // staged beside under a name that begins with a dot, renamed into place, touched
  rename,        // the same without the touch
  overwrite,     // opened with truncation, written
  in_place,      // written over without truncation first, cut to length at the end
};
std::string_view to_string(Way way);  // "rename+touch", "rename", "overwrite", "in-place"

struct DeliverRequest {
  std::string path;     // absolute, in a directory that exists
  std::string content;  // at most kMostFileBytes
  Way way = Way::rename_touch;
};
constexpr std::size_t kMostFileBytes = 8U << 20U;

struct DeliverTimes {
  Time t_write;                  // just before the first byte was written, staging included
  std::optional<Time> t_rename;  // just before the rename; nothing without one
  Time t_done;                   // all was done
};

struct FileStat {
  std::string type;        // "file", "directory", "fifo", "socket", "symlink", "other"
  std::uint32_t mode = 0;  // permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t size = 0;
  std::uint64_t inode = 0;
  WallTime modified;
};

struct TailPiece {
  std::string bytes;
  std::int64_t offset = 0;  // of the first byte; 0 again when the file was replaced or cut
  std::int64_t size = 0;    // of the file now
  std::uint64_t inode = 0;
};

struct DirectoryEntry {
  std::string name;
  std::string type;
};

struct Usage {
  std::int64_t bytes = 0;  // allocated on disk, below the path
  std::int64_t files = 0;
  bool complete = true;  // false: more entries than the helper counts
};

struct Space {  // of a file system, in bytes
  std::int64_t total = 0;
  std::int64_t free = 0;
  bool in_memory = false;  // a tmpfs
};

enum class SpecialKind { fifo, socket, directory, symlink };

struct TickOptions {
  std::string agent_thread_prefix;  // empty: no thread is the agent's; 15 characters count
};

class Sidecar {
 public:
  // Speaks to a helper that runs behind `channel`: starts the reader thread and waits for the
  // helper's greeting. An Error when it does not come within `wait` or is of another protocol.
  static Result<std::unique_ptr<Sidecar>> open(Channel channel, const Clock& clock, Nanos wait);
  ~Sidecar();  // closes the channel and joins
  Sidecar(const Sidecar&) = delete;
  Sidecar& operator=(const Sidecar&) = delete;

  // One request and its answer. Thread-safe; calls from several threads are under way together.
  // Errors: conflict: the side-car has ended; timeout: no answer within `wait` (a late one is
  // dropped); not_found, conflict, unsupported, io: what the helper says.
  Result<nlohmann::json> call(std::string_view command, nlohmann::json arguments,
                              Nanos wait = kPatience);
  static constexpr Nanos kPatience = std::chrono::seconds(10);

  // False once the stream has ended or the helper spoke nonsense; why() says which.
  [[nodiscard]] bool alive() const;
  [[nodiscard]] std::string why() const;
  // Called once, by the reader thread, when the side-car ends; at once if it has ended. Must not
  // call back into the side-car.
  void on_end(std::function<void(const std::string& why)> callback);

  // Ticks once a second from now on, told by the reader thread; the callback must be quick.
  Result<void> subscribe(const TickOptions& options, std::function<void(const Tick&)> callback);

  // CPU that the process has used since its start, by its own clock: to the nanosecond, threads
  // included that have ended.
  struct Cpu {
    Time t;  // when it was read
    Nanos used{};
  };
  Result<Cpu> process_cpu();
  // The same by the name of the thread: 15 characters, digits as '#'. Of threads that have ended it
  // is what they had used at the last tick. Before subscribe() nothing is known of them.
  Result<std::map<std::string, Nanos>> thread_cpu();

  // --- files of the target. Paths are absolute; the volumes are mounted as in the target.

  Result<DeliverTimes> deliver(const DeliverRequest& request, Nanos wait = kPatience);
  // All are staged first (rename ways) and then brought into place in order, with nothing between.
  Result<std::vector<DeliverTimes>> deliver_together(const std::vector<DeliverRequest>& requests,
                                                     Nanos wait = kPatience);
  // Writes the first `first_bytes` in the way given (never a rename) and leaves the file so; the
  // token finishes it. At most 8 are open.
  struct Half {
    std::string token;
    DeliverTimes times;
  };
  Result<Half> deliver_half(const DeliverRequest& request, std::size_t first_bytes);
  Result<Time> finish_half(std::string_view token);
  // Written beside `path` under a name of its own that begins with a dot, and synced; the name is
  // returned, for rename().
  Result<std::string> stage(std::string_view path, std::string_view content);
  Result<Time> rename(std::string_view from, std::string_view to);
  Result<Time> touch(std::string_view path);
  Result<void> remove(std::string_view path);  // a file or an empty directory; absent is no error
  Result<void> make_special(std::string_view path, SpecialKind kind, std::string_view target = {});
  Result<void> chmod(std::string_view path, std::uint32_t mode);
  Result<void> chown(std::string_view path, std::uint32_t uid, std::uint32_t gid);
  // Nothing when there is no such file; a symbolic link is not followed.
  Result<std::optional<FileStat>> stat(std::string_view path);
  Result<std::string> digest(std::string_view path);  // SHA-256, lower-case hexadecimal
  // Up to `limit` bytes from `offset`; what a follower of a log needs. `limit` at most 1 MiB.
  Result<TailPiece> tail(std::string_view path, std::int64_t offset, std::size_t limit,
                         std::uint64_t inode = 0);
  Result<std::vector<DirectoryEntry>> list(std::string_view path);  // at most 4096 entries
  Result<Usage> usage(std::string_view path);
  Result<Space> space(std::string_view path);
  // A file of that many bytes really written, ended early by a full disk: the size reached.
  Result<std::int64_t> fill(std::string_view path, std::int64_t bytes);
  // The queueing discipline of the interface of the network namespace that the helper is in; one
  // that is not ours is never touched. Changing it needs NET_ADMIN.
  struct Queue {
    std::string kind;  // "tbf", "netem"
    std::int64_t packets = 0, overlimits = 0, drops = 0;
  };
  Result<void> shape(std::int64_t bytes_per_second);
  Result<void> delay(Nanos delay, Nanos jitter);
  Result<void> unshape();
  Result<std::optional<Queue>> queue();
  // A relay in the helper's network, from port `listen` (0: any) of its addresses to `port` of
  // `host` (IPv4): once. It ends with the helper. The port that it listens on.
  Result<int> relay_start(const std::string& host, int port, int listen);
  // Each piece held for `delay` on either way, or nothing passed on; by default neither.
  struct RelaySetting {
    Nanos delay{};
    bool black_hole = false;
  };
  Result<void> relay_set(const RelaySetting& setting);
  struct RelayCounters {        // since it was set
    std::int64_t accepted = 0;  // connections
    std::int64_t held = 0;      // bytes, now
    std::int64_t pieces = 0;    // that were held
    Nanos shortest{}, longest{};
  };
  Result<RelayCounters> relay_counters();
  // Holds a write lease: another process's open of the file blocks until release, or until the
  // kernel breaks it; lease_state tells how many opens were signalled. Helper must own the file.
  Result<void> take_lease(std::string_view path);
  Result<std::int64_t> release_lease(std::string_view path);  // opens that were held up

  // --- the JVM, by HotSpot's attach protocol

  // What jcmd prints: "GC.run", "Thread.print", "VM.info". At most 4 MiB, then cut.
  Result<std::string> attach_command(std::string_view jcmd, Nanos wait = std::chrono::seconds(20));
  Result<std::string> thread_dump(Nanos wait = std::chrono::seconds(20));
  // A full collection; returns when the JVM has done it.
  Result<void> collect_garbage(Nanos wait = std::chrono::seconds(30));

 private:
  struct State;
  explicit Sidecar(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::sidecar
