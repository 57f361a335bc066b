#include "tests/support/fake_engine.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/fake_call.hpp"

namespace bhsim::test {

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string framed(int stream, std::string_view bytes) {
  std::string head(8, '\0');
  head[0] = static_cast<char>(stream);
  for (int i = 0; i < 4; ++i)
    head[static_cast<std::size_t>(7 - i)] = static_cast<char>(bytes.size() >> (8 * i) & 0xff);
  return head.append(bytes);
}

namespace {

std::string decoded(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// "POST /v1.41/containers/app/kill?signal=SIGKILL HTTP/1.1"
FakeCall parse(const std::string& head) {
  const auto first = head.find(' ');
  std::string target = head.substr(first + 1, head.find(' ', first + 1) - first - 1);
  if (target.starts_with("/v1.")) target.erase(0, target.find('/', 1));
  const auto question = target.find('?');
  FakeCall call{head.substr(0, first), target.substr(0, question), ""};
  if (question != std::string::npos) call.query = decoded(target.substr(question + 1));
  return call;
}

std::size_t length_of_body(const std::string& head) {
  constexpr std::string_view kLength = "Content-Length: ";
  const auto at = head.find(kLength);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + kLength.size()));
}

FakeReply unknown(const std::string& id) {
  return {404, R"({"message":"No such container: )" + id + "\"}"};
}

nlohmann::json inspected(const FakeContainer& container) {
  nlohmann::json state{
      {"Status", container.paused    ? "paused"
                 : container.running ? "running"
                                     : "exited"},
      {"Running", container.running},
      {"Paused", container.paused},
      {"ExitCode", container.exit_code},
      {"Pid", container.running ? 100 + container.starts : 0},
      {"StartedAt", "2026-11-25T02:00:0" + std::to_string(container.starts % 10) + "Z"}};
  if (!container.health.empty())
    state["Health"] = {{"Status", container.health},
                       {"Log", nlohmann::json::array({{{"End", container.health_end}}})}};
  auto networks = nlohmann::json::object();
  for (const auto& [network, address] : container.addresses)
    networks[network] = {{"IPAddress", address}};
  auto ports = nlohmann::json::object();
  if (container.running && !container.addresses.empty())
    ports["8080/tcp"] = nlohmann::json::array(
        {{{"HostIp", "127.0.0.1"},
          {"HostPort", std::to_string(container.host_port > 0 ? container.host_port : 8080)}}});
  return {{"Id", container.id},
          {"Name", "/" + container.id},
          {"Config", {{"Labels", container.labels}, {"Tty", false}}},
          {"HostConfig", {{"Memory", container.memory_limit}, {"NanoCpus", container.nano_cpus}}},
          {"NetworkSettings", {{"Networks", networks}, {"Ports", ports}}},
          {"State", state}};
}

// One sample of a container; what its limits make it wait for or lack grows with each.
nlohmann::json sampled(FakeContainer& container) {
  if (!container.running) return nlohmann::json::object();
  const FakeContainer usual;
  container.periods += 10;
  if (container.nano_cpus < usual.nano_cpus) container.throttled += 9;
  if (container.memory_limit < usual.memory_limit) ++container.memory_refused;
  return {{"read", "2026-11-25T02:00:00Z"},
          {"cpu_stats",
           {{"cpu_usage", {{"total_usage", 1}}},
            {"throttling_data",
             {{"periods", container.periods},
              {"throttled_periods", container.throttled},
              {"throttled_time", 2}}}}},
          {"memory_stats",
           {{"usage", 1000},
            {"limit", container.memory_limit},
            {"failcnt", container.memory_refused},
            {"stats", {{"total_inactive_file", 100}}}}},
          {"pids_stats", {{"current", 17}}}};
}

FakeReply update(FakeContainer& container, const nlohmann::json& body) {
  container.memory_limit = body.value("Memory", container.memory_limit);
  container.nano_cpus = body.value("NanoCpus", container.nano_cpus);
  if (container.dies_of_memory && container.memory_limit < FakeContainer().memory_limit) {
    container.running = false;
    container.exit_code = 137;
  }
  return {200, R"({"Warnings":[]})"};
}

FakeReply act_on(FakeContainer& container, const std::string& action, const std::string& query,
                 const nlohmann::json& body) {
  if (action == "update") return update(container, body);
  if (action == "stats" && query.find("stream=0") != std::string::npos)
    return {200, sampled(container).dump()};
  if (action == "json") return {200, inspected(container).dump()};
  if (action == "logs" || action == "stats") return {200, std::string(kFakeStream)};
  if (action == "attach") return {101, ""};
  if (action == "archive") return {404, R"({"message":"no such path in a fake container"})"};
  if (action == "start") {
    if (container.running) return {304, ""};
    container.running = true;
    ++container.starts;
    container.exit_code = 0;
    return {204, ""};
  }
  if (!container.running) return {409, R"({"message":"is not running"})"};
  if (action == "kill" && query.find("SIGQUIT") != std::string::npos) {
    container.log.push_back({"2026-11-25T02:00:00.5Z", "Full thread dump OpenJDK"});
    return {204, ""};
  }
  if (action == "kill" || action == "stop") {
    container.running = container.paused = false;
    container.exit_code = query.find("SIGKILL") != std::string::npos ? 137 : 143;
  } else if (action == "pause") {
    if (container.paused) return {409, R"({"message":"already paused"})"};
    container.paused = true;
  } else if (action == "unpause") {
    if (!container.paused) return {409, R"({"message":"not paused"})"};
    container.paused = false;
  } else {
    return {404, R"({"message":"page not found"})"};
  }
  return {204, ""};
}

std::string frame(const FakeLogLine& line) {
  return framed(line.stream, line.time + " " + line.text + "\n");
}

}  // namespace

FakeEngine::FakeEngine() {
  auto made = TemporaryDirectory::create("bhsim-engine");
  EXPECT_TRUE(made);
  directory_.emplace(std::move(*made));
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket().copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener.get(), 64), 0);
  acceptor_.emplace(std::move(listener), [this](int fd) { serve(fd); });
}

FakeEngine::~FakeEngine() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  acceptor_.reset();
}

engine::Client FakeEngine::client() const {
  auto endpoint = engine::parse_endpoint("unix://" + socket(), "test", std::nullopt);
  EXPECT_TRUE(endpoint) << endpoint.error().message;
  auto connected = engine::Client::connect(*endpoint);
  EXPECT_TRUE(connected) << connected.error().message;
  return std::move(*connected);
}

// --- connections

// One call a connection: what follows a Connection: close.
void FakeEngine::serve(int fd) {
  std::string head;
  char buffer[4096];
  while (head.find("\r\n\r\n") == std::string::npos) {
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return;
    head.append(buffer, static_cast<std::size_t>(n));
  }
  const auto end = head.find("\r\n\r\n") + 4;
  std::string body = head.substr(end);
  while (body.size() < length_of_body(head)) {
    const auto n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) return;
    body.append(buffer, static_cast<std::size_t>(n));
  }
  auto call = parse(head);
  if (!body.empty()) call.body = nlohmann::json::parse(body, nullptr, false);
  answer(fd, call);
  ::shutdown(fd, SHUT_RDWR);
}

std::optional<Misbehaviour> FakeEngine::planned(const FakeCall& call) {
  const std::string line = call.method + " " + call.path;
  for (auto& entry : misbehaviours_) {
    if (entry.times <= 0 || !line.starts_with(entry.call)) continue;
    if (entry.good-- > 0) continue;
    --entry.times;
    return entry.how;
  }
  return std::nullopt;
}

void FakeEngine::answer(int fd, const FakeCall& call) {
  FakeReply reply;
  {
    std::unique_lock lock(mutex_);
    calls_.push_back(call.method + " " + call.path + (call.query.empty() ? "" : "?" + call.query));
    if (on_call) on_call(calls_.back());
    const auto how = planned(call);
    if (how == Misbehaviour::cut) return;
    if (how == Misbehaviour::hangs) {
      const int behaved = behaved_;
      changed_.wait(lock, [&] { return closing_ || behaved_ != behaved; });
      if (closing_) return;
    }
    if (how == Misbehaviour::lies) {
      reply = {204, ""};
    } else if (how == Misbehaviour::fails) {
      reply = {500, R"({"message":"the fake engine fails"})"};
    } else {
      filtering_ = how != Misbehaviour::ignores_filter;
      reply = act(call);
      settle();
      if (how == Misbehaviour::fails_late) reply = {500, R"({"message":"too late"})"};
    }
    changed_.notify_all();
    lock.unlock();
    if (how == Misbehaviour::slow) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  if (reply.status == 101) {
    constexpr std::string_view kUpgraded =
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    if (!send_all(fd, kUpgraded)) return;
    return attend(fd, call.path.substr(12, call.path.rfind('/') - 12));
  }
  const std::string type =
      "Content-Type: application/json\r\nApi-Version: 1.41\r\nConnection: close\r\n";
  const std::string status = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n" + type;
  if (reply.status == 200 && reply.body == kFakeStream) {
    if (!send_all(fd, status + "\r\n")) return;
    return stream(fd, call);
  }
  const bool empty = call.method == "HEAD" || reply.status == 204;
  send_all(fd, status + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" +
                   (empty ? "" : reply.body));
}

// --- what the engine does

FakeReply FakeEngine::act(const FakeCall& call) {
  if (call.path == "/_ping") return {200, "OK"};
  if (call.path == "/version") return {200, R"({"ApiVersion":"1.41","MinAPIVersion":"1.12"})"};
  if (call.path == "/events") return {200, std::string(kFakeStream)};
  if (call.path == "/containers/json") return {200, listed_containers(call.query).dump()};
  if (call.path == "/networks") return {200, listed(networks, call.query, "Id").dump()};
  if (call.path == "/volumes")
    return {200, nlohmann::json{{"Volumes", listed(volumes, call.query, "Name")}}.dump()};
  if (call.path == "/images/json") return {200, listed(images, call.query, "Id").dump()};
  if (call.method == "DELETE") return remove(call.path);
  if (auto made = make(call)) return *std::move(made);
  if (call.path.starts_with("/networks/")) return change_network(call);
  constexpr std::string_view kContainers = "/containers/";
  if (!call.path.starts_with(kContainers)) return {404, R"({"message":"page not found"})"};
  const auto rest = call.path.substr(kContainers.size());
  const auto slash = rest.find('/');
  const auto found = containers.find(rest.substr(0, slash));
  if (found == containers.end()) return unknown(rest);
  return act_on(found->second, rest.substr(slash + 1), call.query, call.body);
}

FakeReply FakeEngine::change_network(const FakeCall& call) {
  const auto rest = call.path.substr(std::string_view("/networks/").size());
  const auto network = networks.find(rest.substr(0, rest.find('/')));
  const auto container = containers.find(call.body.value("Container", ""));
  if (network == networks.end() || container == containers.end()) return unknown(rest);
  auto& addresses = container->second.addresses;
  if (rest.ends_with("/disconnect")) return {addresses.erase(network->first) > 0 ? 200 : 403, "{}"};
  if (addresses.contains(network->first)) return {403, R"({"message":"already exists"})"};
  if (call.body.contains("EndpointConfig"))
    return {400, R"({"message":"user specified IP address is supported only when"})"};
  addresses[network->first] = "172.18.0.3";
  return {200, ""};
}

// filters={"label":["bhsim.run=x"]}
bool FakeEngine::passes(const std::map<std::string, std::string>& labels,
                        const std::string& query) const {
  const auto at = query.find("filters=");
  if (at == std::string::npos || !filtering_) return true;
  const auto filters =
      nlohmann::json::parse(query.substr(at + 8, query.find('&', at) - at - 8), nullptr, false);
  for (const auto& wanted : filters.value("label", std::vector<std::string>{})) {
    const auto equals = wanted.find('=');
    const auto label = labels.find(wanted.substr(0, equals));
    if (label == labels.end()) return false;
    if (equals != std::string::npos && label->second != wanted.substr(equals + 1)) return false;
  }
  return true;
}

nlohmann::json FakeEngine::listed_containers(const std::string& query) const {
  auto items = nlohmann::json::array();
  for (const auto& [id, container] : containers)
    if (passes(container.labels, query))
      items.push_back({{"Id", id},
                       {"Names", {"/" + id}},
                       {"Image", "x"},
                       {"State", container.running ? "running" : "exited"},
                       {"Labels", container.labels}});
  return items;
}

nlohmann::json FakeEngine::listed(const std::map<std::string, FakeThing>& things,
                                  const std::string& query, const char* key) const {
  auto items = nlohmann::json::array();
  for (const auto& [id, thing] : things)
    if (passes(thing.labels, query))
      items.push_back({{key, id},
                       {"Name", id},
                       {"Labels", thing.labels},
                       {"RepoTags", nlohmann::json::array()},
                       {"Size", 1}});
  return items;
}

FakeReply FakeEngine::remove(const std::string& path) {
  const auto id = path.substr(path.rfind('/') + 1);
  if (path.starts_with("/containers/"))
    return containers.erase(id) > 0 ? FakeReply{204, ""} : unknown(id);
  if (path.starts_with("/networks/"))
    return {networks.erase(id) > 0 ? 204 : 404, R"({"message":"none"})"};
  if (path.starts_with("/images/")) return {images.erase(id) > 0 ? 200 : 404, "[]"};
  for (const auto& [name, container] : containers)
    if (std::find(container.mounts.begin(), container.mounts.end(), id) != container.mounts.end())
      return {409, R"({"message":"volume is in use"})"};
  return {volumes.erase(id) > 0 ? 204 : 404, R"({"message":"none"})"};
}

// --- streams: until the peer or the engine goes, the container is no longer running, or they are
// cut

void FakeEngine::stream(int fd, const FakeCall& call) {
  if (call.path == "/events") return stream_events(fd, call.query);
  const auto id = call.path.substr(12, call.path.rfind('/') - 12);
  if (call.path.ends_with("/stats")) return stream_stats(fd, id);
  stream_log(fd, id, call.query);
}

void FakeEngine::stream_events(int fd, const std::string& query) {
  const bool past = query.find("until=") != std::string::npos;
  std::size_t sent = 0;
  std::unique_lock lock(mutex_);
  const int cuts = cuts_;
  while (!closing_ && cuts == cuts_) {
    while (sent < events.size()) {
      const auto line = events[sent++].dump() + "\n";
      lock.unlock();
      if (!send_all(fd, line)) return;
      lock.lock();
    }
    if (past) return;
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
  lock.unlock();
  send_all(fd, R"({"Type":"contai)");
}

void FakeEngine::stream_stats(int fd, const std::string& id) {
  std::int64_t sent = 0;
  std::unique_lock lock(mutex_);
  const int cuts = cuts_;
  while (!closing_ && cuts == cuts_ && containers.contains(id) && containers[id].running) {
    ++sent;
    const nlohmann::json sample{
        {"read", "2026-11-25T02:00:00Z"},
        {"cpu_stats",
         {{"cpu_usage", {{"total_usage", sent * 500'000}}},
          {"throttling_data",
           {{"periods", sent}, {"throttled_periods", 1}, {"throttled_time", 2}}}}},
        {"memory_stats",
         {{"usage", 1000},
          {"limit", 4096},
          {"failcnt", 3},
          {"stats", {{"total_inactive_file", 100}}}}},
        {"pids_stats", {{"current", 17}}}};
    lock.unlock();
    if (!send_all(fd, sample.dump() + "\n")) return;
    lock.lock();
    changed_.wait_for(lock, std::chrono::milliseconds(10));
  }
  if (cuts == cuts_) return;
  lock.unlock();
  send_all(fd, R"({"read":"2026-11)");
}

// `since` is left to the client's own comparison: all is sent, as an engine may.
void FakeEngine::stream_log(int fd, const std::string& id, const std::string& query) {
  const bool follow = query.find("follow=1") != std::string::npos;
  std::size_t sent = 0;
  std::unique_lock lock(mutex_);
  const int cuts = cuts_;
  while (!closing_ && cuts == cuts_ && containers.contains(id)) {
    while (sent < containers[id].log.size()) {
      const auto bytes = frame(containers[id].log[sent++]);
      lock.unlock();
      if (!send_all(fd, bytes)) return;
      lock.lock();
    }
    if (!follow || !containers[id].running) return;
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
  if (cuts == cuts_) return;
  lock.unlock();
  send_all(fd, framed(1, "2026-11-25T02:00:00Z half a line").substr(0, 20));
}

}  // namespace bhsim::test
