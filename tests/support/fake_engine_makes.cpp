// What the fake engine makes for a run: networks, volumes, containers, and helpers in them.

#include <fmt/chrono.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <ctime>

#include "framework/engine/tar.hpp"
#include "tests/support/fake_call.hpp"
#include "tests/support/fake_engine.hpp"

namespace bhsim::test {
namespace {

using nlohmann::json;

// As all of them are asked for by a run, whatever their names.
json image_of_any_name() {
  return {{"Id", "sha256:" + std::string(64, 'a')}, {"Config", {{"User", "10001:10001"}}}};
}

// A file system of one file.
std::string exported() {
  return engine::make_tar({{.path = "app", .content = "x"}}).value_or(std::string());
}

std::map<std::string, std::string> labels_of(const json& body) {
  return body.value("Labels", std::map<std::string, std::string>{});
}

// "name=bhsim-…-app": of POST /containers/create.
std::string name_in(const std::string& query) {
  const auto at = query.find("name=");
  return at == std::string::npos ? std::string()
                                 : query.substr(at + 5, query.find('&', at) - at - 5);
}

int port_in(const json& host_config) {
  const auto ports = host_config.value("PortBindings", json::object());
  for (const auto& bindings : ports)
    for (const auto& binding : bindings) return std::stoi(binding.value("HostPort", "0"));
  return 0;
}

// What a helper of a side-car says to a request.
std::string helpers_answer(const std::string& line) {
  const auto request = json::parse(line, nullptr, false);
  if (!request.is_object()) return R"({"id":null,"ok":false,"code":"usage","error":"no request"})";
  json answer{{"id", request.value("id", json())}, {"ok", true}};
  if (request.value("do", "") == "digest") {
    answer["sha256"] = std::string(64, 'd');
    answer["size"] = 1;
  } else {
    answer["ok"] = false;
    answer["code"] = "unsupported";
    answer["error"] = "there is nothing in a fake container";
  }
  return answer.dump();
}

}  // namespace

std::optional<FakeReply> FakeEngine::make(const FakeCall& call) {
  const auto& [method, path, query, body] = call;
  if (path == "/info")
    return FakeReply{200,
                     json{{"ID", socket()},
                          {"SystemTime", fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)))},
                          {"CgroupVersion", "2"},
                          {"SecurityOptions", json::array()}}
                         .dump()};
  if (path.starts_with("/images/") && path.ends_with("/json"))
    return FakeReply{200, image_of_any_name().dump()};
  if (path.starts_with("/images/") && path.ends_with("/history")) return FakeReply{200, "[]"};
  if (path == "/containers/create") return create_container(call);
  if (path.ends_with("/export")) return FakeReply{200, exported()};
  if (method == "PUT" && path.ends_with("/archive")) return FakeReply{200, ""};
  if (path != "/networks/create" && path != "/volumes/create") return std::nullopt;
  const auto name = body.value("Name", "");
  (path == "/networks/create" ? networks : volumes)[name] = {.id = name, .labels = labels_of(body)};
  return FakeReply{201, json{{"Id", name}, {"Name", name}}.dump()};
}

FakeReply FakeEngine::create_container(const FakeCall& call) {
  FakeContainer made;
  made.id = name_in(call.query);
  if (made.id.empty()) made.id = "unnamed-" + std::to_string(calls_.size());
  made.labels = labels_of(call.body);
  made.running = false;
  made.starts = 0;
  const auto host = call.body.value("HostConfig", json::object());
  for (const auto& mount : host.value("Mounts", json::array()))
    if (mount.value("Type", "") == "volume") made.mounts.push_back(mount.value("Source", ""));
  constexpr std::string_view kContainer = "container:";
  if (const auto mode = host.value("PidMode", std::string()); mode.starts_with(kContainer))
    made.joins = mode.substr(kContainer.size());
  if (const auto network = host.value("NetworkMode", std::string()); networks.contains(network))
    made.addresses[network] = "172.18.0.2";
  made.host_port = port_in(host);
  const auto id = made.id;
  containers[id] = std::move(made);
  return {201, json{{"Id", id}, {"Warnings", json::array()}}.dump()};
}

void FakeEngine::settle() {
  for (auto& [id, container] : containers) {
    if (container.joins.empty()) continue;
    const auto joined = containers.find(container.joins);
    if (joined == containers.end() || !joined->second.running) container.running = false;
  }
  if (on_change) on_change(containers);
}

void FakeEngine::end_containers() {
  const std::lock_guard lock(mutex_);
  for (auto& [id, container] : containers) {
    if (!container.running) continue;
    container.running = container.paused = false;
    container.exit_code = 143;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    events.push_back({{"Type", "container"},
                      {"Action", "kill"},
                      {"Actor", {{"ID", id}, {"Attributes", {{"signal", "15"}}}}},
                      {"timeNano", std::chrono::nanoseconds(now).count()}});
  }
  settle();
  changed_.notify_all();
}

void FakeEngine::attend(int fd, const std::string& id) {
  std::unique_lock lock(mutex_);
  const int cuts = cuts_;
  const auto there = [&] { return !closing_ && cuts == cuts_ && containers.contains(id); };
  // The client attaches before it starts the container.
  while (there() && !containers[id].running) changed_.wait_for(lock, std::chrono::milliseconds(20));
  std::string heard,
      saying = framed(1, "{\"hello\":{\"protocol\":1,\"version\":\"0\",\"pid\":2}}\n");
  while (there() && containers[id].running) {
    lock.unlock();
    if (!send_all(fd, saying)) return;
    saying.clear();
    pollfd ready{fd, POLLIN, 0};
    if (::poll(&ready, 1, 20) > 0) {
      char piece[4096];
      const auto got = ::recv(fd, piece, sizeof piece, 0);
      if (got <= 0) return;
      heard.append(piece, static_cast<std::size_t>(got));
    }
    for (auto end = heard.find('\n'); end != std::string::npos; end = heard.find('\n')) {
      saying += framed(1, helpers_answer(heard.substr(0, end)) + "\n");
      heard.erase(0, end + 1);
    }
    lock.lock();
  }
}

}  // namespace bhsim::test
