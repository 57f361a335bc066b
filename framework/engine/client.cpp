#include "framework/engine/client.hpp"

#include <curl/curl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>

namespace bhsim::engine {
namespace {

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

constexpr long kConnectPatienceMs = 10'000;
// The progress callback runs at least this often while a stream is quiet; it is what notices a
// stop.
constexpr std::size_t kMostHeaderBytes = 256U << 10U;

std::string escape(std::string_view text) {
  constexpr std::string_view kKept = "-_.~";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || kKept.find(c) != std::string_view::npos)
      out += c;
    else
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

std::string target_of(const Request& request, std::string_view version) {
  std::string target = fmt::format("{}{}", version, request.path);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += fmt::format("{}{}={}", separator, escape(name), escape(value));
    separator = '&';
  }
  return target;
}

std::string base_url(const Endpoint& endpoint) {
  switch (endpoint.kind) {
    case Endpoint::Kind::unix_socket:
      return "http://engine";
    case Endpoint::Kind::tcp:
      return "http://" + endpoint.authority;
    case Endpoint::Kind::tls:
      return "https://" + endpoint.authority;
  }
  return {};
}

Easy new_easy(const Endpoint& endpoint) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  Easy easy(curl_easy_init());
  auto* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectPatienceMs);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (endpoint.kind == Endpoint::Kind::unix_socket)
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint.socket.c_str());
  if (endpoint.kind == Endpoint::Kind::tls) {
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!endpoint.tls.ca.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, endpoint.tls.ca.c_str());
    if (!endpoint.tls.certificate.empty()) {
      curl_easy_setopt(handle, CURLOPT_SSLCERT, endpoint.tls.certificate.c_str());
      curl_easy_setopt(handle, CURLOPT_SSLKEY, endpoint.tls.key.c_str());
    }
  }
  return easy;
}

// What the callbacks of one transfer share.
struct Transfer {
  const std::function<bool(std::string_view)>* take = nullptr;  // a stream's body
  CURL* easy = nullptr;
  Answer answer;
  std::size_t most_bytes = 0;
  std::size_t header_bytes = 0;
  bool too_long = false;
  bool taker_ended = false;
  std::stop_token stop;

  [[nodiscard]] bool streaming() {
    if (take == nullptr) return false;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status < 400;
  }
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (transfer.streaming()) {
    if ((*transfer.take)({data, size})) return size;
    transfer.taker_ended = true;
    return 0;
  }
  if (transfer.answer.body.size() + size > transfer.most_bytes) {
    transfer.too_long = true;
    return 0;
  }
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.header_bytes += size;
  if (transfer.header_bytes > kMostHeaderBytes) return 0;
  std::string_view line(data, size);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  auto value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  transfer.answer.headers.emplace_back(std::move(name), std::string(value));
  return size;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0;
}

std::string what_of(const Request& request) {
  return request.what.empty() ? request.method + " " + request.path : request.what;
}

std::string message_of(const Answer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string())
    return json["message"].get<std::string>();
  return answer.body.substr(0, 500);
}

Error refused(const Request& request, const Answer& answer) {
  ErrorCode code = ErrorCode::engine;
  if (answer.status == 404) code = ErrorCode::not_found;
  if (answer.status == 409) code = ErrorCode::conflict;
  return {code, fmt::format("{}: engine said {}: {}", what_of(request), answer.status,
                            message_of(answer))};
}

Error transfer_failed(const Request& request, const Endpoint& endpoint, CURLcode code,
                      const char* detail) {
  const auto text = std::string(*detail != '\0' ? detail : curl_easy_strerror(code));
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {ErrorCode::cancelled, what_of(request) + ": cancelled"};
    case CURLE_OPERATION_TIMEDOUT:
      return {
          ErrorCode::timeout,
          fmt::format("{}: no complete answer from the engine at {} within {} ms: {}",
                      what_of(request), endpoint.url, request.deadline.count() / 1'000'000, text)};
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::engine,
              fmt::format("{}: cannot reach the engine at {} (from {}): {}; is it running, and may "
                          "this user use it?",
                          what_of(request), endpoint.url, endpoint.source, text)};
    default:
      return {ErrorCode::protocol, fmt::format("{}: the engine at {} broke off: {}",
                                               what_of(request), endpoint.url, text)};
  }
}

struct Perform {
  const Endpoint& endpoint;
  std::string_view version;
  const Request& request;

  Result<Answer> operator()(Transfer& transfer) const {
    const Easy easy = new_easy(endpoint);
    auto* handle = easy.get();
    transfer.easy = handle;
    char detail[CURL_ERROR_SIZE] = "";
    const std::string url = base_url(endpoint) + target_of(request, version);
    Headers headers(curl_slist_append(nullptr, "Expect:"));
    if (!request.body.empty()) {
      const std::string type = "Content-Type: " + request.content_type;
      headers.reset(curl_slist_append(headers.release(), type.c_str()));
    }
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    if (request.method == "HEAD")
      curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    else if (request.method != "GET" || !request.body.empty()) {
      curl_easy_setopt(handle, CURLOPT_POST, 1L);
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    if (transfer.take == nullptr)
      curl_easy_setopt(
          handle, CURLOPT_TIMEOUT_MS,
          static_cast<long>(std::max<std::int64_t>(1, request.deadline.count() / 1'000'000)));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
    const CURLcode code = curl_easy_perform(handle);
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    transfer.answer.status = static_cast<int>(status);
    if (transfer.too_long)
      return fail(ErrorCode::protocol, "{}: the engine's answer is longer than {} bytes",
                  what_of(request), request.most_bytes);
    if (code != CURLE_OK && !transfer.taker_ended)
      return fail(transfer_failed(request, endpoint, code, detail));
    if (status >= 400) return fail(refused(request, transfer.answer));
    return std::move(transfer.answer);
  }
};

}  // namespace

Result<ApiVersion> parse_api_version(std::string_view text) {
  ApiVersion version;
  const auto* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec == std::errc{} && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec == std::errc{} && minor.ptr == end) return version;
  }
  return fail(ErrorCode::protocol,
              "the engine gives its API version as '{}', which is not MAJOR.MINOR", text);
}

std::string to_string(ApiVersion version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

Result<ApiVersion> negotiate(ApiVersion server_newest, ApiVersion server_oldest) {
  if (server_newest < kOldestApi)
    return fail(ErrorCode::engine,
                "the engine speaks API {} at most, bhsim needs {} or newer: update the engine",
                to_string(server_newest), to_string(kOldestApi));
  if (server_oldest > kNewestApi)
    return fail(ErrorCode::engine,
                "the engine wants API {} or newer, bhsim speaks {} at most: update bhsim",
                to_string(server_oldest), to_string(kNewestApi));
  return std::min(server_newest, kNewestApi);
}

std::string Answer::header(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [&](const auto& h) { return h.first == name; });
  return found == headers.end() ? std::string() : found->second;
}

struct Client::State {
  Endpoint endpoint;
  ApiVersion api;
  std::string version_path;  // "/v1.41"
  std::string version_json;

  [[nodiscard]] Result<Answer> call(const Request& request, std::string_view version) const {
    Transfer transfer;
    transfer.most_bytes = request.most_bytes;
    return Perform{endpoint, version, request}(transfer);
  }
};

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(Endpoint endpoint) {
  auto state = std::make_unique<State>();
  state->endpoint = std::move(endpoint);
  Request ping{.method = "HEAD",
               .path = "/_ping",
               .deadline = std::chrono::seconds(10),
               .what = "ping the engine"};
  auto pong = state->call(ping, "");
  if (!pong && pong.error().code != ErrorCode::engine) {
    ping.method = "GET";  // engines before 19.03 know no HEAD here
    pong = state->call(ping, "");
  } else if (!pong && pong.error().message.find("engine said") != std::string::npos) {
    ping.method = "GET";
    pong = state->call(ping, "");
  }
  if (!pong) return fail(pong.error());
  BHSIM_ASSIGN(auto version,
               state->call({.path = "/version", .what = "ask the engine's version"}, ""));
  state->version_json = version.body;
  const auto json = nlohmann::json::parse(version.body, nullptr, false);
  if (!json.is_object())
    return fail(ErrorCode::protocol, "ask the engine's version: the answer is no JSON object");
  auto newest = json.value("ApiVersion", std::string());
  if (newest.empty()) newest = pong->header("api-version");
  BHSIM_ASSIGN(const auto server_newest, parse_api_version(newest));
  BHSIM_ASSIGN(const auto server_oldest, parse_api_version(json.value("MinAPIVersion", newest)));
  BHSIM_ASSIGN(state->api, negotiate(server_newest, server_oldest));
  state->version_path = "/v" + to_string(state->api);
  return Client(std::move(state));
}

const Endpoint& Client::endpoint() const { return state_->endpoint; }
ApiVersion Client::api() const { return state_->api; }
const std::string& Client::version_json() const { return state_->version_json; }

Result<Answer> Client::call(const Request& request) const {
  return state_->call(request, state_->version_path);
}

Result<nlohmann::json> Client::call_json(const Request& request) const {
  BHSIM_ASSIGN(auto answer, call(request));
  auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_discarded())
    return fail(ErrorCode::protocol, "{}: the engine's answer is not JSON: {}", what_of(request),
                answer.body.substr(0, 200));
  return json;
}

Result<int> Client::stream(const Request& request,
                           const std::function<bool(std::string_view)>& take,
                           std::stop_token stop) const {
  Transfer transfer;
  transfer.take = &take;
  transfer.stop = std::move(stop);
  transfer.most_bytes = 1U << 20U;
  BHSIM_ASSIGN(const auto answer,
               (Perform{state_->endpoint, state_->version_path, request}(transfer)));
  return answer.status;
}

// Without TLS the socket itself is used, which two threads may do; a TLS connection is the
// library's, one call at a time.
struct Hijacked::State {
  Easy easy;
  int socket = -1;
  bool tls = false;
  std::mutex tls_mutex;
  std::string early;  // came together with the header

  // Waits until the socket can be read or written; false when the time is up. A signal is no
  // answer.
  [[nodiscard]] bool wait(short events, Time until) const {
    while (true) {
      pollfd waiting{socket, events, 0};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - system_clock().now());
      const auto ms = std::clamp<std::int64_t>(left.count(), 0, 1'000'000'000);
      const int ready = ::poll(&waiting, 1, static_cast<int>(ms));
      if (ready >= 0 || errno != EINTR) return ready > 0;
    }
  }

  // Bytes moved, 0 when it would block, or an Error; `ended` when the peer has closed.
  Result<std::size_t> send_some(std::string_view bytes) {
    if (tls) {
      const std::lock_guard lock(tls_mutex);
      std::size_t sent = 0;
      const CURLcode code = curl_easy_send(easy.get(), bytes.data(), bytes.size(), &sent);
      if (code != CURLE_OK && code != CURLE_AGAIN)
        return fail(ErrorCode::protocol, "{}", curl_easy_strerror(code));
      return sent;
    }
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return fail(ErrorCode::protocol, "{}", std::strerror(errno));
  }

  Result<std::size_t> receive_some(std::string& buffer, bool& ended) {
    if (tls) {
      const std::lock_guard lock(tls_mutex);
      std::size_t got = 0;
      const CURLcode code = curl_easy_recv(easy.get(), buffer.data(), buffer.size(), &got);
      ended = code == CURLE_OK && got == 0;
      if (code != CURLE_OK && code != CURLE_AGAIN)
        return fail(ErrorCode::protocol, "{}", curl_easy_strerror(code));
      return got;
    }
    const auto got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    ended = got == 0;
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return fail(ErrorCode::protocol, "{}", std::strerror(errno));
  }
};

Hijacked::Hijacked(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hijacked::Hijacked(Hijacked&&) noexcept = default;
Hijacked& Hijacked::operator=(Hijacked&&) noexcept = default;
Hijacked::~Hijacked() = default;

Result<void> Hijacked::send(std::string_view bytes, Nanos deadline) {
  const Time until = system_clock().now() + deadline;
  while (!bytes.empty()) {
    const auto sent = state_->send_some(bytes);
    if (!sent) return fail(sent.error().within("send to an attached stream"));
    bytes.remove_prefix(*sent);
    if (*sent == 0 && !state_->wait(POLLOUT, until))
      return fail(ErrorCode::timeout, "send to an attached stream: it takes nothing");
  }
  return {};
}

Result<std::string> Hijacked::receive(Nanos deadline) {
  if (!state_->early.empty()) return std::exchange(state_->early, {});
  const Time until = system_clock().now() + deadline;
  std::string buffer(65536, '\0');
  while (true) {
    bool ended = false;
    const auto got = state_->receive_some(buffer, ended);
    if (!got) return fail(got.error().within("receive from an attached stream"));
    if (*got > 0 || ended) {
      buffer.resize(*got);
      return buffer;
    }
    if (!state_->wait(POLLIN, until))
      return fail(ErrorCode::timeout, "receive from an attached stream: nothing came");
  }
}

void Hijacked::shut_down() { ::shutdown(state_->socket, SHUT_RDWR); }

Result<Hijacked> Client::hijack(const Request& request) const {
  auto state = std::make_unique<Hijacked::State>();
  state->easy = new_easy(state_->endpoint);
  const std::string url = base_url(state_->endpoint);
  curl_easy_setopt(state->easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(state->easy.get(), CURLOPT_CONNECT_ONLY, 1L);
  if (const CURLcode code = curl_easy_perform(state->easy.get()); code != CURLE_OK)
    return fail(transfer_failed(request, state_->endpoint, code, ""));
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(state->easy.get(), CURLINFO_ACTIVESOCKET, &socket);
  state->socket = socket;
  state->tls = state_->endpoint.kind == Endpoint::Kind::tls;
  Hijacked stream(std::move(state));
  BHSIM_TRY(stream.send(
      fmt::format("{} {} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                  "Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                  request.method, target_of(request, state_->version_path), request.content_type,
                  request.body.size(), request.body),
      request.deadline));
  std::string head;
  std::size_t end = std::string::npos;
  while ((end = head.find("\r\n\r\n")) == std::string::npos) {
    if (head.size() > kMostHeaderBytes)
      return fail(ErrorCode::protocol, "{}: endless header", what_of(request));
    auto piece = stream.receive(request.deadline);
    if (!piece) return fail(piece.error().within(what_of(request)));
    if (piece->empty())
      return fail(ErrorCode::protocol, "{}: the engine closed the connection", what_of(request));
    head += *piece;
  }
  const int status = head.size() > 12 ? std::atoi(head.c_str() + 9) : 0;
  if (status != 101 && status != 200) {
    Answer answer;
    answer.status = status;
    answer.body = head.substr(end + 4);
    return fail(refused(request, answer));
  }
  stream.state_->early = head.substr(end + 4);
  return stream;
}

}  // namespace bhsim::engine
