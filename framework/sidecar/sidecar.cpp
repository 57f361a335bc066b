#include "framework/sidecar/sidecar.hpp"

#include <nlohmann/json.hpp>

#include "framework/sidecar/connection.hpp"
#include "framework/sidecar/protocol.hpp"
#include "framework/sidecar/tick_json.hpp"

namespace bhsim::sidecar {
namespace {

using nlohmann::json;

// A field of an answer; an answer without it is not of our protocol.
template <typename T>
Result<T> field(const json& answer, const char* name) {
  const auto found = answer.find(name);
  bool fits = found != answer.end();
  if constexpr (std::is_same_v<T, std::string>) {
    fits = fits && found->is_string();
  } else if constexpr (std::is_same_v<T, bool>) {
    fits = fits && found->is_boolean();
  } else {
    fits = fits && found->is_number_integer();
  }
  if (!fits) {
    return fail(ErrorCode::protocol, "side-car: the helper's answer has no '{}': {}", name,
                answer.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 200));
  }
  return found->get<T>();
}

Result<Time> time_field(const json& answer, const char* name) {
  BHSIM_ASSIGN(const auto ns, field<std::int64_t>(answer, name));
  return time_from_ns(ns);
}

json to_json(const DeliverRequest& request) {
  return {{"path", request.path},
          {"bytes", protocol::to_base64(request.content)},
          {"way", to_string(request.way)}};
}

Result<DeliverTimes> times_of(const json& answer) {
  DeliverTimes times;
  BHSIM_ASSIGN(times.t_write, time_field(answer, "t_write"));
  BHSIM_ASSIGN(times.t_done, time_field(answer, "t_done"));
  if (answer.contains("t_rename")) {
    BHSIM_ASSIGN(times.t_rename, time_field(answer, "t_rename"));
  }
  return times;
}

Result<void> check_size(const DeliverRequest& request) {
  if (request.content.size() <= kMostFileBytes) return {};
  return fail(ErrorCode::usage, "side-car: {} of {} bytes is larger than {} bytes", request.path,
              request.content.size(), kMostFileBytes);
}

Result<void> nothing(Result<json> answer) {
  if (!answer) return fail(answer.error());
  return {};
}

}  // namespace

std::string_view to_string(Way way) {
  switch (way) {
    case Way::rename_touch:
      return "rename+touch";
    case Way::rename:
      return "rename";
    case Way::overwrite:
      return "overwrite";
    case Way::in_place:
      return "in-place";
  }
  return "";
}

struct Sidecar::State {
  State(Channel channel, const Clock& clock) : connection(std::move(channel), clock) {}
  Connection connection;
};

Sidecar::Sidecar(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sidecar::~Sidecar() = default;

Result<std::unique_ptr<Sidecar>> Sidecar::open(Channel channel, const Clock& clock, Nanos wait) {
  auto state = std::make_unique<State>(std::move(channel), clock);
  BHSIM_TRY(state->connection.start(wait));
  return std::unique_ptr<Sidecar>(new Sidecar(std::move(state)));
}

Result<json> Sidecar::call(std::string_view command, json arguments, Nanos wait) {
  return state_->connection.call(command, std::move(arguments), wait);
}

bool Sidecar::alive() const { return !state_->connection.ended(); }
std::string Sidecar::why() const { return state_->connection.ended().value_or(""); }

void Sidecar::on_end(std::function<void(const std::string&)> callback) {
  state_->connection.on_end(std::move(callback));
}

Result<void> Sidecar::subscribe(const TickOptions& options,
                                std::function<void(const Tick&)> callback) {
  state_->connection.on_tick([callback = std::move(callback)](const json& line) {
    if (const auto tick = parse_tick(line)) callback(*tick);
  });
  return nothing(call("subscribe", {{"agent_prefix", options.agent_thread_prefix}}));
}

Result<Sidecar::Cpu> Sidecar::process_cpu() {
  BHSIM_ASSIGN(const json answer, call("cpu", json::object()));
  Cpu cpu;
  BHSIM_ASSIGN(cpu.t, time_field(answer, "t"));
  BHSIM_ASSIGN(const auto used, field<std::int64_t>(answer, "cpu"));
  cpu.used = Nanos(used);
  return cpu;
}

Result<std::map<std::string, Nanos>> Sidecar::thread_cpu() {
  BHSIM_ASSIGN(const json answer, call("threads", json::object()));
  const auto found = answer.find("threads");
  if (found == answer.end() || !found->is_array())
    return fail(ErrorCode::conflict, "side-car threads: the process is gone");
  std::map<std::string, Nanos> all;
  for (const json& item : *found) {
    BHSIM_ASSIGN(const auto name, field<std::string>(item, "name"));
    BHSIM_ASSIGN(const auto cpu, field<std::int64_t>(item, "cpu"));
    all[name] = Nanos(cpu);
  }
  return all;
}

Result<DeliverTimes> Sidecar::deliver(const DeliverRequest& request, Nanos wait) {
  BHSIM_ASSIGN(auto times, deliver_together({request}, wait));
  return times.front();
}

Result<std::vector<DeliverTimes>> Sidecar::deliver_together(
    const std::vector<DeliverRequest>& requests, Nanos wait) {
  json items = json::array();
  for (const DeliverRequest& request : requests) {
    BHSIM_TRY(check_size(request));
    items.push_back(to_json(request));
  }
  BHSIM_ASSIGN(const json answer, call("deliver", {{"items", std::move(items)}}, wait));
  const auto found = answer.find("items");
  if (found == answer.end() || !found->is_array() || found->size() != requests.size()) {
    return fail(ErrorCode::protocol, "side-car deliver: the answer has not {} items",
                requests.size());
  }
  std::vector<DeliverTimes> all;
  for (const json& item : *found) {
    BHSIM_ASSIGN(auto times, times_of(item));
    all.push_back(times);
  }
  return all;
}

Result<Sidecar::Half> Sidecar::deliver_half(const DeliverRequest& request,
                                            std::size_t first_bytes) {
  BHSIM_TRY(check_size(request));
  json arguments = to_json(request);
  arguments["first"] = first_bytes;
  BHSIM_ASSIGN(const json answer, call("deliver_half", std::move(arguments)));
  Half half;
  BHSIM_ASSIGN(half.token, field<std::string>(answer, "token"));
  BHSIM_ASSIGN(half.times, times_of(answer));
  return half;
}

Result<Time> Sidecar::finish_half(std::string_view token) {
  BHSIM_ASSIGN(const json answer, call("finish_half", {{"token", token}}));
  return time_field(answer, "t");
}

Result<std::string> Sidecar::stage(std::string_view path, std::string_view content) {
  BHSIM_TRY(check_size({.path = std::string(path), .content = std::string(content)}));
  BHSIM_ASSIGN(const json answer,
               call("stage", {{"path", path}, {"bytes", protocol::to_base64(content)}}));
  return field<std::string>(answer, "staged");
}

Result<Time> Sidecar::rename(std::string_view from, std::string_view to) {
  BHSIM_ASSIGN(const json answer, call("rename", {{"from", from}, {"to", to}}));
  return time_field(answer, "t");
}

Result<Time> Sidecar::touch(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("touch", {{"path", path}}));
  return time_field(answer, "t");
}

Result<void> Sidecar::remove(std::string_view path) {
  return nothing(call("remove", {{"path", path}}));
}

Result<void> Sidecar::make_special(std::string_view path, SpecialKind kind,
                                   std::string_view target) {
  constexpr std::string_view names[] = {"fifo", "socket", "directory", "symlink"};
  return nothing(
      call("special",
           {{"path", path}, {"kind", names[static_cast<std::size_t>(kind)]}, {"target", target}}));
}

Result<void> Sidecar::chmod(std::string_view path, std::uint32_t mode) {
  return nothing(call("chmod", {{"path", path}, {"mode", mode}}));
}

Result<void> Sidecar::chown(std::string_view path, std::uint32_t uid, std::uint32_t gid) {
  return nothing(call("chown", {{"path", path}, {"uid", uid}, {"gid", gid}}));
}

Result<std::optional<FileStat>> Sidecar::stat(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("stat", {{"path", path}}));
  BHSIM_ASSIGN(const bool exists, field<bool>(answer, "exists"));
  if (!exists) return std::optional<FileStat>();
  FileStat stat;
  BHSIM_ASSIGN(stat.type, field<std::string>(answer, "type"));
  BHSIM_ASSIGN(stat.mode, field<std::uint32_t>(answer, "mode"));
  BHSIM_ASSIGN(stat.uid, field<std::uint32_t>(answer, "uid"));
  BHSIM_ASSIGN(stat.gid, field<std::uint32_t>(answer, "gid"));
  BHSIM_ASSIGN(stat.size, field<std::int64_t>(answer, "size"));
  BHSIM_ASSIGN(stat.inode, field<std::uint64_t>(answer, "inode"));
  BHSIM_ASSIGN(const auto modified, field<std::int64_t>(answer, "modified"));
  stat.modified = wall_from_ns(modified);
  return std::optional<FileStat>(std::move(stat));
}

Result<std::string> Sidecar::digest(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("digest", {{"path", path}}));
  return field<std::string>(answer, "sha256");
}

Result<TailPiece> Sidecar::tail(std::string_view path, std::int64_t offset, std::size_t limit,
                                std::uint64_t inode) {
  BHSIM_ASSIGN(
      const json answer,
      call("tail", {{"path", path}, {"offset", offset}, {"limit", limit}, {"inode", inode}}));
  TailPiece piece;
  BHSIM_ASSIGN(const std::string bytes, field<std::string>(answer, "bytes"));
  auto decoded = protocol::from_base64(bytes);
  if (!decoded) return fail(ErrorCode::protocol, "side-car tail: the bytes are not base64");
  piece.bytes = std::move(*decoded);
  BHSIM_ASSIGN(piece.offset, field<std::int64_t>(answer, "offset"));
  BHSIM_ASSIGN(piece.size, field<std::int64_t>(answer, "size"));
  BHSIM_ASSIGN(piece.inode, field<std::uint64_t>(answer, "inode"));
  return piece;
}

Result<std::vector<DirectoryEntry>> Sidecar::list(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("list", {{"path", path}}));
  const auto found = answer.find("entries");
  if (found == answer.end() || !found->is_array()) {
    return fail(ErrorCode::protocol, "side-car list: the answer has no entries");
  }
  std::vector<DirectoryEntry> entries;
  for (const json& item : *found) {
    DirectoryEntry entry;
    BHSIM_ASSIGN(entry.name, field<std::string>(item, "name"));
    BHSIM_ASSIGN(entry.type, field<std::string>(item, "type"));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<Usage> Sidecar::usage(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("usage", {{"path", path}}));
  Usage usage;
  BHSIM_ASSIGN(usage.bytes, field<std::int64_t>(answer, "bytes"));
  BHSIM_ASSIGN(usage.files, field<std::int64_t>(answer, "files"));
  BHSIM_ASSIGN(usage.complete, field<bool>(answer, "complete"));
  return usage;
}

Result<Space> Sidecar::space(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("space", {{"path", path}}));
  Space space;
  BHSIM_ASSIGN(space.total, field<std::int64_t>(answer, "total"));
  BHSIM_ASSIGN(space.free, field<std::int64_t>(answer, "free"));
  BHSIM_ASSIGN(space.in_memory, field<bool>(answer, "in_memory"));
  return space;
}

Result<std::int64_t> Sidecar::fill(std::string_view path, std::int64_t bytes) {
  BHSIM_ASSIGN(const json answer,
               call("fill", {{"path", path}, {"bytes", bytes}}, std::chrono::minutes(2)));
  return field<std::int64_t>(answer, "size");
}

Result<void> Sidecar::shape(std::int64_t bytes_per_second) {
  return nothing(call("shape", {{"rate", bytes_per_second}}));
}

Result<void> Sidecar::delay(Nanos delay, Nanos jitter) {
  return nothing(call("delay", {{"delay", delay.count()}, {"jitter", jitter.count()}}));
}

Result<void> Sidecar::unshape() { return nothing(call("unshape", json::object())); }

Result<std::optional<Sidecar::Queue>> Sidecar::queue() {
  BHSIM_ASSIGN(const json answer, call("queue", json::object()));
  BHSIM_ASSIGN(const bool ours, field<bool>(answer, "ours"));
  if (!ours) return std::optional<Queue>();
  Queue queue;
  BHSIM_ASSIGN(queue.kind, field<std::string>(answer, "kind"));
  BHSIM_ASSIGN(queue.packets, field<std::int64_t>(answer, "packets"));
  BHSIM_ASSIGN(queue.overlimits, field<std::int64_t>(answer, "overlimits"));
  BHSIM_ASSIGN(queue.drops, field<std::int64_t>(answer, "drops"));
  return std::optional(std::move(queue));
}

Result<int> Sidecar::relay_start(const std::string& host, int port, int listen) {
  BHSIM_ASSIGN(const json answer,
               call("relay_start", {{"host", host}, {"port", port}, {"listen", listen}}));
  return field<int>(answer, "port");
}

Result<void> Sidecar::relay_set(const RelaySetting& setting) {
  return nothing(call(
      "relay_set", {{"delay", setting.delay.count()}, {"black_hole", setting.black_hole ? 1 : 0}}));
}

Result<Sidecar::RelayCounters> Sidecar::relay_counters() {
  BHSIM_ASSIGN(const json answer, call("relay_counters", json::object()));
  RelayCounters counted;
  BHSIM_ASSIGN(counted.accepted, field<std::int64_t>(answer, "accepted"));
  BHSIM_ASSIGN(counted.held, field<std::int64_t>(answer, "held"));
  BHSIM_ASSIGN(counted.pieces, field<std::int64_t>(answer, "pieces"));
  BHSIM_ASSIGN(const auto shortest, field<std::int64_t>(answer, "shortest"));
  BHSIM_ASSIGN(const auto longest, field<std::int64_t>(answer, "longest"));
  counted.shortest = Nanos(shortest);
  counted.longest = Nanos(longest);
  return counted;
}

Result<void> Sidecar::take_lease(std::string_view path) {
  return nothing(call("take_lease", {{"path", path}}));
}

Result<std::int64_t> Sidecar::release_lease(std::string_view path) {
  BHSIM_ASSIGN(const json answer, call("release_lease", {{"path", path}}));
  return field<std::int64_t>(answer, "held_up");
}

Result<std::string> Sidecar::attach_command(std::string_view jcmd, Nanos wait) {
  // The helper gives up a little earlier, so that its own words arrive and not just silence.
  const std::int64_t within = wait.count() - wait.count() / 10;
  BHSIM_ASSIGN(const json answer, call("attach", {{"jcmd", jcmd}, {"within", within}}, wait));
  return field<std::string>(answer, "text");
}

Result<std::string> Sidecar::thread_dump(Nanos wait) {
  return attach_command("Thread.print -l", wait);
}

Result<void> Sidecar::collect_garbage(Nanos wait) {
  // A JVM that has done it says nothing; jcmd adds its "Command executed successfully" itself.
  BHSIM_ASSIGN(const std::string said, attach_command("GC.run", wait));
  if (said.find_first_not_of(" \r\n") != std::string::npos &&
      said.find("executed successfully") == std::string::npos) {
    return fail(ErrorCode::protocol, "side-car attach: GC.run answered '{}'", said.substr(0, 200));
  }
  return {};
}

}  // namespace bhsim::sidecar
