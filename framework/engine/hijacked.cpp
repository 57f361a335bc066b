#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>

#include "framework/engine/transfer.hpp"

namespace bhsim::engine {
namespace {

constexpr Nanos kReasonPatience = std::chrono::seconds(1);

// The number behind "HTTP/1.1 "; 0 when there is none.
int status_of(std::string_view head) {
  const auto blank = head.find(' ');
  if (!head.starts_with("HTTP/1.") || blank == std::string_view::npos) return 0;
  int status = 0;
  const auto number = head.substr(blank + 1, 3);
  std::from_chars(number.data(), number.data() + number.size(), status);
  return status;
}

}  // namespace

// Without TLS the socket itself is used, which two threads may do; a TLS connection is the
// library's, one call at a time.
struct Hijacked::State {
  Easy easy;
  int socket = -1;
  bool tls = false;
  std::mutex tls_mutex;
  std::string early;  // came together with the header

  static Result<std::unique_ptr<State>> connect(const Endpoint& endpoint, const Request& request);

  // Waits until the socket can be read or written; false when the time is up.
  [[nodiscard]] bool wait(short events, Time deadline) const {
    while (true) {
      const Nanos left = deadline - system_clock().now();
      if (left <= Nanos{}) return false;
      const auto ms = std::min<std::int64_t>((left.count() + 999'999) / 1'000'000, 60'000);
      pollfd waiting{socket, events, 0};
      if (::poll(&waiting, 1, static_cast<int>(ms)) > 0) return true;
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

Result<std::unique_ptr<Hijacked::State>> Hijacked::State::connect(const Endpoint& endpoint,
                                                                  const Request& request) {
  auto state = std::make_unique<State>();
  state->easy = new_easy(endpoint);
  auto* handle = state->easy.get();
  std::string detail(CURL_ERROR_SIZE, '\0');
  const std::string url = base_url(endpoint);
  const auto ms = std::max<std::int64_t>(1, request.deadline.count() / 1'000'000);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
  const CURLcode code = curl_easy_perform(handle);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) return fail(transfer_failed(request, endpoint, code, detail.c_str()));
  curl_socket_t socket = CURL_SOCKET_BAD;
  curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket);
  state->socket = socket;
  state->tls = endpoint.kind == Endpoint::Kind::tls;
  return state;
}

// What the engine says before the stream is ours; what comes behind it stays for receive().
Result<void> Hijacked::read_head(const Request& request, Time deadline) {
  const auto what = what_of(request);
  std::string head;
  std::size_t end = std::string::npos;
  while ((end = head.find("\r\n\r\n")) == std::string::npos) {
    if (head.size() > kMostHeaderBytes)
      return fail(ErrorCode::protocol, "{}: the header of the engine's answer has no end", what);
    const auto piece = receive(deadline - system_clock().now());
    if (!piece) return fail(piece.error().within(what));
    if (piece->empty())
      return fail(ErrorCode::protocol, "{}: the engine closed the connection", what);
    head += *piece;
  }
  Answer answer;
  answer.status = status_of(head);
  answer.body = head.substr(end + 4);
  if (answer.status == 0)
    return fail(ErrorCode::protocol, "{}: the engine's answer is not HTTP: {}", what,
                head.substr(0, 100));
  if (answer.status == 101 || answer.status == 200) {
    state_->early = std::move(answer.body);
    return {};
  }
  // The reason is the body, which need not have come with the header.
  while (answer.body.size() < 500) {
    const auto piece = receive(std::min<Nanos>(deadline - system_clock().now(), kReasonPatience));
    if (!piece || piece->empty()) break;
    answer.body += *piece;
    if (answer.body.ends_with("}\n")) break;
  }
  return fail(refused(request, answer));
}

Result<Hijacked> Client::hijack(const Request& request) const {
  const Time deadline = system_clock().now() + request.deadline;
  BHSIM_ASSIGN(auto state, Hijacked::State::connect(endpoint(), request));
  Hijacked stream(std::move(state));
  const auto& host = endpoint().authority;
  BHSIM_TRY(stream.send(
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                  "Content-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                  request.method, target_of(request, "/v" + to_string(api())),
                  host.empty() ? "engine" : host, request.content_type, request.body.size(),
                  request.body),
      deadline - system_clock().now()));
  BHSIM_TRY(stream.read_head(request, deadline));
  return stream;
}

}  // namespace bhsim::engine
