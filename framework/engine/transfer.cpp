#include "framework/engine/transfer.hpp"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <nlohmann/json.hpp>

namespace bhsim::engine {
namespace {

constexpr long kConnectPatienceMs = 10'000;
// A peer that has vanished is noticed even while its stream is quiet.
constexpr long kKeepAliveSeconds = 60;
constexpr Nanos kLongestPoll = std::chrono::minutes(1);

std::string escape(std::string_view text, std::string_view kept) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || kept.find(c) != std::string_view::npos)
      out += c;
    else
      out += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

std::string message_of(const Answer& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string())
    return json["message"].get<std::string>();
  return answer.body.substr(0, 500);
}

void set_tls(CURL* handle, const TlsFiles& tls) {
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!tls.ca.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, tls.ca.c_str());
    // Or the authorities of the system would be trusted as well.
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
  }
  if (!tls.certificate.empty()) {
    curl_easy_setopt(handle, CURLOPT_SSLCERT, tls.certificate.c_str());
    curl_easy_setopt(handle, CURLOPT_SSLKEY, tls.key.c_str());
  }
}

}  // namespace

Easy new_easy(const Endpoint& endpoint) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  Easy easy(curl_easy_init());
  auto* handle = easy.get();
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, kConnectPatienceMs);
  // A name server that does not answer must not hold up a call whose time is over.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPIDLE, kKeepAliveSeconds);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPINTVL, kKeepAliveSeconds);
  curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (endpoint.kind == Endpoint::Kind::unix_socket)
    curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint.socket.c_str());
  if (endpoint.kind == Endpoint::Kind::tls) set_tls(handle, endpoint.tls);
  return easy;
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

std::string target_of(const Request& request, std::string_view version) {
  std::string target = fmt::format("{}{}", version, escape(request.path, "-_.~/:@"));
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += fmt::format("{}{}={}", separator, escape(name, "-_.~"), escape(value, "-_.~"));
    separator = '&';
  }
  return target;
}

std::string what_of(const Request& request) {
  return request.what.empty() ? request.method + " " + request.path : request.what;
}

bool refuses(int status) { return status >= 300 && status != 304; }

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
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::timeout, fmt::format("{}: no answer from the engine at {} in time: {}",
                                              what_of(request), endpoint.url, text)};
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::engine,
              fmt::format("{}: cannot reach the engine at {} (from {}): {}; is it running, and may "
                          "this user use it?",
                          what_of(request), endpoint.url, endpoint.source, text)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return {
          ErrorCode::engine,
          fmt::format("{}: no trusted connection to the engine at {} (from {}, authority {}): "
                      "{}; see the certificates in DOCKER_CERT_PATH or the docker context",
                      what_of(request), endpoint.url, endpoint.source,
                      endpoint.tls.ca.empty() ? "of the system" : endpoint.tls.ca.string(), text)};
    default:
      return {ErrorCode::protocol, fmt::format("{}: the engine at {} broke off: {}",
                                               what_of(request), endpoint.url, text)};
  }
}

Exchange::Exchange(const Endpoint& endpoint, std::string_view version, const Request& request,
                   const Taker* take)
    : endpoint_(endpoint),
      request_(request),
      take_(take),
      headers_(curl_slist_append(nullptr, "Expect:")),
      easy_(new_easy(endpoint)),
      url_(base_url(endpoint) + target_of(request, version)) {
  multi_.reset(curl_multi_init());
  set_method();
  set_callbacks();
  curl_multi_add_handle(multi_.get(), easy_.get());
}

Exchange::~Exchange() { curl_multi_remove_handle(multi_.get(), easy_.get()); }

void Exchange::set_method() {
  auto* handle = easy_.get();
  if (!request_.body.empty()) {
    const std::string type = "Content-Type: " + request_.content_type;
    headers_.reset(curl_slist_append(headers_.release(), type.c_str()));
  }
  curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
  if (request_.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET" || !request_.body.empty()) {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
}

void Exchange::set_callbacks() {
  auto* handle = easy_.get();
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail_.data());
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
}

int Exchange::status() const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::size_t Exchange::on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  if (exchange.take_ != nullptr && !refuses(exchange.status())) {
    if ((*exchange.take_)({data, size})) return size;
    exchange.taker_ended_ = true;
    return 0;
  }
  auto& body = exchange.answer_.body;
  if (body.size() + size > exchange.request_.most_bytes) {
    exchange.body_too_long_ = true;
    return 0;
  }
  body.append(data, size);
  return size;
}

std::size_t Exchange::on_header(char* data, std::size_t, std::size_t size, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  exchange.header_bytes_ += size;
  if (exchange.header_bytes_ > kMostHeaderBytes) return 0;
  std::string_view line(data, size);
  const bool ended = line.ends_with('\n');
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) exchange.answer_.headers.clear();
  // The blank line; after a status of 1xx another header follows.
  if (line.empty() && ended && exchange.status() >= 200) exchange.header_whole_ = true;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  auto value = line.substr(colon + 1);
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  exchange.answer_.headers.emplace_back(std::move(name), std::string(value));
  return size;
}

void Exchange::collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE) ended_ = message->data.result;
}

Result<void> Exchange::run(Until until, const std::stop_token& stop, std::optional<Time> deadline) {
  const auto wake = [this] { curl_multi_wakeup(multi_.get()); };
  const std::stop_callback by_caller(stop, wake);
  const std::stop_callback by_request(request_.stop, wake);
  while (!ended_) {
    if (stop.stop_requested() || request_.stop.stop_requested())
      return fail(ErrorCode::cancelled, "{}: cancelled", what_of(request_));
    int running = 0;
    if (const CURLMcode code = curl_multi_perform(multi_.get(), &running); code != CURLM_OK)
      return fail(ErrorCode::internal, "{}: {}", what_of(request_), curl_multi_strerror(code));
    collect();
    if (ended_ || (until == Until::header && header_whole_)) break;
    Nanos left = kLongestPoll;
    if (deadline) {
      left = std::min(left, *deadline - system_clock().now());
      if (left <= Nanos{})
        return fail(ErrorCode::timeout, "{}: no complete answer from the engine at {} within {} ms",
                    what_of(request_), endpoint_.url, request_.deadline.count() / 1'000'000);
    }
    // Rounded up, or the last millisecond would be spent turning round and round.
    const auto ms = static_cast<int>((left.count() + 999'999) / 1'000'000);
    curl_multi_poll(multi_.get(), nullptr, 0, ms, nullptr);
  }
  return outcome();
}

Result<void> Exchange::outcome() const {
  if (body_too_long_)
    return fail(ErrorCode::protocol, "{}: the engine's answer is longer than {} bytes",
                what_of(request_), request_.most_bytes);
  if (header_bytes_ > kMostHeaderBytes)
    return fail(ErrorCode::protocol, "{}: the header of the engine's answer has no end",
                what_of(request_));
  if (ended_ && *ended_ != CURLE_OK && !taker_ended_)
    return fail(transfer_failed(request_, endpoint_, *ended_, detail_.c_str()));
  // To libcurl a header that is cut behind its first line is an answer.
  if (!header_whole_)
    return fail(ErrorCode::protocol, "{}: the engine at {} broke off inside the header",
                what_of(request_), endpoint_.url);
  return {};
}

Result<void> Exchange::run_to_header(const std::stop_token& stop, std::optional<Time> deadline) {
  return run(Until::header, stop, deadline);
}

Result<Answer> Exchange::run_to_end(const std::stop_token& stop, std::optional<Time> deadline) {
  BHSIM_TRY(run(Until::end, stop, deadline));
  answer_.status = status();
  return std::move(answer_);
}

}  // namespace bhsim::engine
