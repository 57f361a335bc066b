#include "tests/support/scripted_engine.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "framework/engine/endpoint.hpp"
#include "tests/support/loopback.hpp"

namespace bhsim::test {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

bool send_all(Transport& transport, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = transport.write(bytes.data(), bytes.size());
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned char byte = static_cast<unsigned char>(text[i]);
    if (byte == '%' && i + 2 < text.size()) {
      std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
      i += 2;
    }
    result += static_cast<char>(byte);
  }
  return result;
}

// "POST /containers/x/start": without the version and the query.
std::string name_of(const Asked& asked) {
  std::string path = asked.target.substr(0, asked.target.find('?'));
  if (path.starts_with("/v1.")) path.erase(0, path.find('/', 1));
  return asked.method + " " + path;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

Answering say(std::string bytes) { return {{Step::Kind::send, std::move(bytes), 0}}; }
Answering cut_after(std::string bytes) { return say(std::move(bytes)); }
Answering split(std::string bytes, std::size_t piece) {
  return {{Step::Kind::split, std::move(bytes), piece}};
}
Answering silent() { return {{Step::Kind::hold, "", 0}}; }
Answering receive(std::size_t bytes) { return {{Step::Kind::receive, "", bytes}}; }
Answering reset_after(std::string bytes) {
  return {{Step::Kind::send, std::move(bytes), 0}, {Step::Kind::reset, "", 0}};
}
Answering then(Answering first, Answering second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string http(int status, std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n{}", status, headers,
                     body.size(), body);
}
std::string chunk(std::string_view piece) {
  return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}
std::string chunked_head(std::string_view headers) {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Transfer-Encoding: chunked\r\n\r\n", headers);
}
std::string frame(unsigned char stream, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string result{static_cast<char>(stream), 0, 0, 0};
  for (const unsigned shift : {24U, 16U, 8U, 0U}) result += static_cast<char>(size >> shift & 255U);
  return result.append(bytes);
}

std::optional<std::string> Asked::parameter(std::string_view name) const {
  const auto question = target.find('?');
  std::string_view rest = question == std::string::npos
                              ? std::string_view()
                              : std::string_view(target).substr(question + 1);
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const auto equals = one.find('=');
    if (decoded(one.substr(0, equals)) == name)
      return equals == std::string_view::npos ? "" : decoded(one.substr(equals + 1));
  }
  return std::nullopt;
}

std::optional<std::string> Asked::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !same_letters(line.substr(0, colon), name)) continue;
    const auto value = line.substr(colon + 1);
    return std::string(value.substr(std::min(value.size(), value.find_first_not_of(' '))));
  }
  return std::nullopt;
}

ScriptedEngine::ScriptedEngine(On on, TransportOver transport)
    : on_(on), transport_(transport ? std::move(transport) : TransportOver(plain_transport)) {
  UniqueFd listener = on == On::unix_socket ? listen_unix() : listen_tcp();
  EXPECT_EQ(::listen(listener.get(), 64), 0);
  acceptor_.emplace(std::move(listener), [this](int fd) { serve(fd); });
}

ScriptedEngine::~ScriptedEngine() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  acceptor_.reset();
}

UniqueFd ScriptedEngine::listen_unix() {
  auto made = TemporaryDirectory::create("bhsim-engine");
  EXPECT_TRUE(made);
  directory_.emplace(std::move(*made));
  UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (directory_->path() / "s").string().copy(address.sun_path, sizeof address.sun_path - 1);
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  return listener;
}

UniqueFd ScriptedEngine::listen_tcp() {
  BoundSocket bound;
  port_ = bound.port;
  return std::move(bound.fd);
}

std::string ScriptedEngine::url() const {
  if (on_ == On::tcp) return fmt::format("tcp://127.0.0.1:{}", port_);
  return "unix://" + (directory_->path() / "s").string();
}

void ScriptedEngine::speak(std::string api, std::string version_json) {
  const std::lock_guard lock(mutex_);
  ping_header_ = fmt::format("Api-Version: {}\r\n", api);
  version_json_ = version_json.empty()
                      ? fmt::format(R"({{"Version":"test","ApiVersion":"{}"}})", api)
                      : std::move(version_json);
}

ScriptedEngine& ScriptedEngine::expect(std::string request, Answering answer) {
  const std::lock_guard lock(mutex_);
  expected_.push_back({std::move(request), std::move(answer)});
  return *this;
}

ScriptedEngine& ScriptedEngine::always(std::string request, Answering answer) {
  const std::lock_guard lock(mutex_);
  always_.push_back({std::move(request), std::move(answer)});
  return *this;
}

engine::Client ScriptedEngine::client(std::string_view api) {
  speak(std::string(api));
  auto endpoint = engine::parse_endpoint(url(), "test", std::nullopt);
  EXPECT_TRUE(endpoint) << endpoint.error().message;
  auto connected = engine::Client::connect(*endpoint);
  EXPECT_TRUE(connected) << connected.error().message;
  return std::move(*connected);
}

std::vector<Asked> ScriptedEngine::asked(std::size_t at_least) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return asked_.size() >= at_least; }))
      << asked_.size() << " requests have come, not " << at_least;
  return asked_;
}

Asked ScriptedEngine::last() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return expected_.empty(); }));
  EXPECT_EQ(trouble_, "");
  return asked_.empty() ? Asked{} : asked_.back();
}

void ScriptedEngine::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

bool ScriptedEngine::peer_went() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return peers_gone_ > 0; });
}

std::string ScriptedEngine::trouble() {
  const std::lock_guard lock(mutex_);
  std::string result = trouble_;
  for (const auto& expected : expected_) result += "did not come: " + expected.request + "\n";
  return result;
}

void ScriptedEngine::serve(int fd) {
  Transport transport = transport_(fd);
  Asked asked;
  if (transport.open() && read_request(transport, asked)) {
    std::size_t index = 0;
    for (const auto& step : answer_to(asked, index))
      if (!act(transport, fd, step, index)) break;
  }
  transport.close();
}

bool ScriptedEngine::read_request(Transport& transport, Asked& asked) {
  std::string bytes;
  char buffer[65536];
  std::size_t end = 0;
  while ((end = bytes.find("\r\n\r\n")) == std::string::npos) {
    const auto n = transport.read(buffer, sizeof buffer);
    if (n <= 0) return false;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
  asked.head = bytes.substr(0, end + 4);
  asked.body = bytes.substr(end + 4);
  const auto first = asked.head.find(' ');
  asked.method = asked.head.substr(0, first);
  asked.target = asked.head.substr(first + 1, asked.head.find(' ', first + 1) - first - 1);
  const std::size_t length = std::stoul(asked.header("content-length").value_or("0"));
  while (asked.body.size() < length) {
    const auto n = transport.read(buffer, sizeof buffer);
    if (n <= 0) return false;
    asked.body.append(buffer, static_cast<std::size_t>(n));
  }
  return true;
}

Answering ScriptedEngine::answer_to(const Asked& asked, std::size_t& index) {
  const std::lock_guard lock(mutex_);
  const auto name = name_of(asked);
  if (!version_json_.empty() && name == "HEAD /_ping")
    return say(fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: 2\r\n\r\n", ping_header_));
  if (!version_json_.empty() && name == "GET /version") return say(http(200, version_json_));
  index = asked_.size();
  asked_.push_back(asked);
  Answering answer = say(http(599, R"({"message":"not in the script"})"));
  const auto usual = std::find_if(always_.begin(), always_.end(),
                                  [&](const Expected& e) { return e.request == name; });
  if (!expected_.empty() && expected_.front().request == name) {
    answer = std::move(expected_.front().answer);
    expected_.pop_front();
  } else if (usual != always_.end()) {
    answer = usual->answer;
  } else {
    trouble_ += fmt::format("came: {}, expected: {}\n", name,
                            expected_.empty() ? "nothing" : expected_.front().request);
  }
  changed_.notify_all();
  return answer;
}

bool ScriptedEngine::act(Transport& transport, int fd, const Step& step, std::size_t index) {
  switch (step.kind) {
    case Step::Kind::send:
      return send_all(transport, step.bytes);
    case Step::Kind::split:
      for (std::size_t at = 0; at < step.bytes.size(); at += step.size)
        if (!send_all(transport, std::string_view(step.bytes).substr(at, step.size))) return false;
      return true;
    case Step::Kind::receive: {
      std::string late;
      char byte = 0;
      while (late.size() < step.size && transport.read(&byte, 1) == 1) late += byte;
      const std::lock_guard lock(mutex_);
      asked_[index].late += late;
      changed_.notify_all();
      return late.size() == step.size;
    }
    case Step::Kind::hold:
      return hold(fd);
    case Step::Kind::reset: {
      const linger at_once{1, 0};
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      return false;
    }
  }
  return false;
}

// The peer's end is seen by the socket, the release by the condition: each is looked for in turn.
bool ScriptedEngine::hold(int fd) {
  while (true) {
    pollfd gone{fd, POLLRDHUP, 0};
    const bool peer_gone = ::poll(&gone, 1, 5) > 0;
    const std::lock_guard lock(mutex_);
    if (peer_gone) ++peers_gone_;
    changed_.notify_all();
    if (peer_gone || closing_) return false;
    if (released_) return true;
  }
}

}  // namespace bhsim::test
