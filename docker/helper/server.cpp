#include "docker/helper/server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <optional>
#include <thread>
#include <vector>

#include "docker/helper/attach.hpp"
#include "docker/helper/common.hpp"
#include "docker/helper/files.hpp"
#include "docker/helper/perfdata.hpp"
#include "docker/helper/process_probe.hpp"
#include "docker/helper/qdisc.hpp"
#include "docker/helper/way.hpp"
#include "framework/base/queue.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::helper {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kMostSlow = 8;  // slow requests that wait for their turn

// Lines to standard output, whole, from two threads.
class Output {
 public:
  void line(const Json& json) {
    // Names of files need not be UTF-8.
    std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (text.size() > sidecar::protocol::kMostLineBytes) {
      text = Json{{"id", json.value("id", Json())},
                  {"ok", false},
                  {"code", sidecar::protocol::code_name(ErrorCode::unsupported)},
                  {"error", "the answer is longer than a line may be"}}
                 .dump();
    }
    text.push_back('\n');
    const std::lock_guard lock(mutex_);
    if (!write_all(STDOUT_FILENO, text, "standard output")) failed_ = true;
  }
  void answer(const Json& id, const Result<Json>& result) {
    Json json = result ? *result : Json::object();
    json["id"] = id;
    json["ok"] = result.has_value();
    if (!result) {
      json["code"] = sidecar::protocol::code_name(result.error().code);
      json["error"] = result.error().message;
    }
    line(json);
  }
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
};

struct Request {
  Json id;
  Json json;
};

class Server {
 public:
  explicit Server(const ServerOptions& options) : options_(options) {}
  int run();

 private:
  struct Command {
    std::string_view name;
    Result<Json> (*run)(Server& server, const Args& args);
    bool slow = false;  // takes its turn on a thread of its own, so that ticks and deliveries go on
  };
  static const std::vector<Command>& commands();
  static const Command* find(std::string_view name);

  void handle(std::string_view line);
  void read_input(std::string_view bytes);
  void work();  // the slow commands, one after the other
  void tick();
  [[nodiscard]] int wait_ms() const;
  Result<Json> subscribe(const Args& args);

  const ServerOptions options_;
  Output output_;
  OpenFiles files_;
  Way way_;
  BoundedQueue<Request> slow_{kMostSlow};
  std::string input_;
  bool skipping_ = false;  // the rest of a line that was too long
  std::optional<ProcessProbe> probe_;
  std::int64_t next_tick_ = 0;  // 0: nobody has subscribed
  std::int64_t missed_ = 0;
};

template <Result<Json> (*function)(const Args&)>
Result<Json> plain(Server&, const Args& args) {
  return function(args);
}

const std::vector<Server::Command>& Server::commands() {
  static const std::vector<Command> table = {
      {"ping",
       [](Server&, const Args&) -> Result<Json> {
         return Json{{"t", now_ns()}};
       }},
      {"cpu",
       [](Server& server, const Args&) -> Result<Json> {
         BHSIM_ASSIGN(const std::int64_t cpu, process_clock_ns(server.options_.pid));
         return Json{{"t", now_ns()}, {"cpu", cpu}};
       }},
      {"threads",
       [](Server& server, const Args&) -> Result<Json> {
         if (!server.probe_) server.probe_.emplace(server.options_.pid, "");
         return Json{{"t", now_ns()}, {"threads", server.probe_->threads()}};
       }},
      {"subscribe", [](Server& server, const Args& args) { return server.subscribe(args); }},
      {"stage", plain<stage>},
      {"deliver", plain<deliver>},
      {"deliver_half",
       [](Server& server, const Args& args) { return server.files_.deliver_half(args); }},
      {"finish_half",
       [](Server& server, const Args& args) { return server.files_.finish_half(args); }},
      {"rename", plain<rename_file>},
      {"touch", plain<touch>},
      {"remove", plain<remove_file>},
      {"special", plain<make_special>},
      {"chmod", plain<change_mode>},
      {"chown", plain<change_owner>},
      {"stat", plain<stat_file>},
      {"tail", plain<tail>},
      {"list", plain<list>},
      {"take_lease",
       [](Server& server, const Args& args) { return server.files_.take_lease(args); }},
      {"release_lease",
       [](Server& server, const Args& args) { return server.files_.release_lease(args); }},
      {"space", plain<space>},
      {"shape", plain<shape>},
      {"delay", plain<delay>},
      {"unshape", plain<unshape>},
      {"queue", plain<queue>},
      {"relay_start", [](Server& server, const Args& args) { return server.way_.start(args); }},
      {"relay_set", [](Server& server, const Args& args) { return server.way_.set(args); }},
      {"relay_counters",
       [](Server& server, const Args& args) { return server.way_.counters(args); }},
      {"digest", plain<digest>, true},
      {"usage", plain<usage>, true},
      {"fill", plain<fill>, true},
      {"attach",
       [](Server& server, const Args& args) {
         return attach(server.options_.tmp, server.options_.pid, args);
       },
       true},
  };
  return table;
}

const Server::Command* Server::find(std::string_view name) {
  for (const Command& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

Result<Json> Server::subscribe(const Args& args) {
  probe_.emplace(options_.pid, args.text_or("agent_prefix", ""));
  next_tick_ = (now_ns() / kSecond + 1) * kSecond;
  missed_ = 0;
  return Json::object();
}

void Server::handle(std::string_view line) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    output_.answer(nullptr, fail(ErrorCode::usage, "the line is not a JSON object"));
    return;
  }
  const Json id = json.value("id", Json());
  const std::string name = Args(json).text_or("do", "");
  const Command* command = find(name);
  if (command == nullptr) {
    output_.answer(id, fail(ErrorCode::usage, "there is no command '{}'", name));
  } else if (!command->slow) {
    output_.answer(id, command->run(*this, Args(json)));
  } else if (!slow_.push(Request{id, std::move(json)})) {
    output_.answer(id,
                   fail(ErrorCode::conflict, "{}: {} slow requests wait already", name, kMostSlow));
  }
}

void Server::read_input(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (!skipping_) input_ += bytes.substr(0, end);
    if (input_.size() > sidecar::protocol::kMostLineBytes) {
      skipping_ = true;
      input_.clear();
      input_.shrink_to_fit();
      output_.answer(nullptr, fail(ErrorCode::usage, "a line is longer than {} bytes",
                                   sidecar::protocol::kMostLineBytes));
    }
    if (end == std::string_view::npos) return;
    if (!skipping_ && !input_.empty()) handle(input_);
    skipping_ = false;
    input_.clear();
    if (input_.capacity() > (1U << 20U)) input_.shrink_to_fit();
    bytes.remove_prefix(end + 1);
  }
}

void Server::work() {
  while (!slow_.closed_and_empty()) {
    const auto request = slow_.pop(std::chrono::hours(1));
    if (!request) continue;
    const Command* command = find(Args(request->json).text_or("do", ""));
    output_.answer(request->id, command->run(*this, Args(request->json)));
  }
}

// At whole seconds of the monotonic clock; a second that was missed is counted, not made up for.
void Server::tick() {
  const std::int64_t now = now_ns();
  if (next_tick_ == 0 || now < next_tick_) return;
  missed_ += (now - next_tick_) / kSecond;
  next_tick_ = (now / kSecond + 1) * kSecond;
  Json json = {{"t", now}, {"missed", missed_}};
  json["process"] = probe_->look();
  json["jvm"] = look_at_perfdata(options_.tmp, options_.pid);
  output_.line({{"tick", std::move(json)}});
}

int Server::wait_ms() const {
  if (next_tick_ == 0) return -1;
  return static_cast<int>(std::max<std::int64_t>(next_tick_ - now_ns(), 0) / 1'000'000 + 1);
}

int Server::run() {
  ::signal(SIGPIPE, SIG_IGN);
  output_.line({{"hello",
                 {{"protocol", sidecar::protocol::kVersion},
                  {"version", BHSIM_VERSION},
                  {"pid", ::getpid()},
                  {"uid", ::getuid()}}}});
  std::thread([this] { work(); }).detach();
  std::vector<char> piece(1U << 16U);
  int code = 0;
  while (!output_.failed()) {
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    const int polled = ::poll(&ready, 1, wait_ms());
    if (polled < 0 && errno != EINTR) code = 1;
    if (code != 0) break;
    tick();
    if (polled <= 0) continue;
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) break;
    read_input(std::string_view(piece.data(), static_cast<std::size_t>(got)));
  }
  // At once, without waiting for the worker: a slow request that is under way must not keep a
  // helper alive that nobody listens to.
  ::_exit(code);
}

}  // namespace

int serve(const ServerOptions& options) { return Server(options).run(); }

}  // namespace bhsim::helper
