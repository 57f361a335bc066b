#pragma once
// A container engine made of a map, on a real unix socket: as much of the API as a whole run uses,
// with the state changes that the real one makes, and misbehaviour on demand. What runs in its
// containers is not there: a side-car's helper greets and can do nothing but digests, and an
// application is for a FakeApplication to play. For targets that link bhsim_test_engine.

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/engine/client.hpp"
#include "tests/support/acceptor.hpp"

namespace bhsim::test {

struct FakeLogLine {
  std::string time;  // RFC 3339, as the engine writes it
  std::string text;
  int stream = 1;
};

struct FakeContainer {
  std::string id;
  std::map<std::string, std::string> labels;
  bool running = true;
  bool paused = false;
  std::int64_t exit_code = 0;
  int starts = 1;
  std::string health = "";  // "healthy", "unhealthy"
  std::string health_end = "";
  std::vector<FakeLogLine> log = {};
  std::vector<std::string> mounts = {};  // volumes: not removable while it exists
  std::string joins = "";  // the container whose processes it shares: it ends with that one
  int host_port = 0;       // published on 127.0.0.1; 0: what tests of old expect, 8080
  std::map<std::string, std::string> addresses = {};  // network → IPv4
  std::int64_t memory_limit = 4096, nano_cpus = 1'000'000'000;
  // Grow with every sample while the limit is below what it is by default.
  std::int64_t memory_refused = 0, periods = 0, throttled = 0;
  bool dies_of_memory = false;  // as soon as its limit is lowered
};

// Of a network, a volume or an image.
struct FakeThing {
  std::string id;
  std::map<std::string, std::string> labels;
};

enum class Misbehaviour {
  lies,        // says that it is done, and does nothing
  fails,       // 500, and does nothing
  fails_late,  // does it, and says 500
  cut,         // closes the connection without an answer
  slow,        // does it, and answers a twentieth of a second later
  hangs,       // does nothing, until behave() or its own end
  ignores_filter,
};

struct FakeCall;
struct FakeReply;

class FakeEngine {
 public:
  FakeEngine();
  ~FakeEngine();
  FakeEngine(const FakeEngine&) = delete;
  FakeEngine& operator=(const FakeEngine&) = delete;

  [[nodiscard]] std::string socket() const { return (directory_->path() / "engine.sock").string(); }

  [[nodiscard]] engine::Client client() const;

  // The state, under its lock; streams and waiters are told of the change.
  template <typename F>
  auto with(F&& change) {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
    return change(*this);
  }

  // The next `times` calls that begin so ("POST /containers/app/pause") misbehave.
  void misbehave(const std::string& call, Misbehaviour how, int times = 1'000'000) {
    misbehave_after(0, call, how, times);
  }
  // After so many of them went well.
  void misbehave_after(int good, const std::string& call, Misbehaviour how, int times) {
    const std::lock_guard lock(mutex_);
    misbehaviours_.push_back({call, how, good, times});
  }
  void behave() {
    const std::lock_guard lock(mutex_);
    misbehaviours_.clear();
    ++behaved_;
    changed_.notify_all();
  }
  // Every stream that is open ends, in the middle of what it was saying.
  void cut_streams() {
    const std::lock_guard lock(mutex_);
    ++cuts_;
    changed_.notify_all();
  }
  // As a shutdown in order ends what runs: each container is signalled, and events tell of it.
  void end_containers();

  [[nodiscard]] std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  [[nodiscard]] bool called(std::string_view beginning) const {
    const auto all = calls();
    return std::any_of(all.begin(), all.end(),
                       [&](const std::string& call) { return call.starts_with(beginning); });
  }

  // Touched only inside with(), or before any client is there. `on_call` is called under the lock,
  // before the call acts.
  std::function<void(const std::string& call)> on_call;
  // Called under the lock when containers may have changed.
  std::function<void(const std::map<std::string, FakeContainer>& containers)> on_change;
  std::map<std::string, FakeContainer> containers;
  std::map<std::string, FakeThing> networks, volumes, images;
  std::vector<nlohmann::json> events;

 private:
  struct Planned {
    std::string call;
    Misbehaviour how;
    int good, times;
  };

  // One call a connection: what follows a Connection: close.
  void serve(int fd);
  std::optional<Misbehaviour> planned(const FakeCall& call);
  void answer(int fd, const FakeCall& call);
  FakeReply act(const FakeCall& call);
  [[nodiscard]] bool passes(const std::map<std::string, std::string>& labels,
                            const std::string& query) const;
  [[nodiscard]] nlohmann::json listed_containers(const std::string& query) const;
  [[nodiscard]] nlohmann::json listed(const std::map<std::string, FakeThing>& things,
                                      const std::string& query, const char* key) const;
  FakeReply remove(const std::string& path);
  FakeReply change_network(const FakeCall& call);
  // Of containers, networks, volumes, images and files; nothing when it asks for something else.
  std::optional<FakeReply> make(const FakeCall& call);
  FakeReply create_container(const FakeCall& call);
  // Under the lock, after a call that may have changed something.
  void settle();
  // Until the peer or the engine goes, the container is no longer running, or streams are cut.
  void stream(int fd, const FakeCall& call);
  void stream_events(int fd, const std::string& query);
  void stream_stats(int fd, const std::string& id);
  void stream_log(int fd, const std::string& id, const std::string& query);
  // The helper of a side-car, spoken to over an attached connection.
  void attend(int fd, const std::string& id);

  std::optional<TemporaryDirectory> directory_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;
  bool filtering_ = true;
  int behaved_ = 0, cuts_ = 0;  // how often
  std::vector<Planned> misbehaviours_;
  std::vector<std::string> calls_;
  std::optional<Acceptor> acceptor_;
};

}  // namespace bhsim::test
