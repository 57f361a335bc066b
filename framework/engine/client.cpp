#include "framework/engine/client.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/transfer.hpp"

namespace bhsim::engine {

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

Result<ApiVersion> negotiate(ApiVersion server_newest, std::optional<ApiVersion> server_oldest) {
  if (server_newest < kOldestApi)
    return fail(ErrorCode::engine,
                "the engine speaks API {} at most, bhsim needs {} or newer: update the engine",
                to_string(server_newest), to_string(kOldestApi));
  if (server_oldest && *server_oldest > kNewestApi)
    return fail(ErrorCode::engine,
                "the engine wants API {} or newer, bhsim speaks {} at most: update bhsim",
                to_string(*server_oldest), to_string(kNewestApi));
  if (server_oldest && *server_oldest > server_newest)
    return fail(ErrorCode::protocol, "the engine speaks API {} at most and {} at least",
                to_string(server_newest), to_string(*server_oldest));
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

  // Whatever its status.
  [[nodiscard]] Result<Answer> exchange(const Request& request, std::string_view version) const {
    const Time deadline = system_clock().now() + request.deadline;
    Exchange exchange(endpoint, version, request, nullptr);
    return exchange.run_to_end({}, deadline);
  }
  Result<void> ping_and_negotiate();
};

// HEAD, or GET for engines that know no HEAD here; neither names a version.
Result<void> Client::State::ping_and_negotiate() {
  Request ping{.method = "HEAD",
               .path = "/_ping",
               .deadline = std::chrono::seconds(10),
               .what = "ping the engine"};
  BHSIM_ASSIGN(auto pong, exchange(ping, ""));
  if (refuses(pong.status)) {
    ping.method = "GET";
    BHSIM_ASSIGN(pong, exchange(ping, ""));
    if (refuses(pong.status)) return fail(refused(ping, pong));
  }
  const Request ask{
      .path = "/version", .deadline = std::chrono::seconds(10), .what = "ask the engine's version"};
  BHSIM_ASSIGN(auto version, exchange(ask, ""));
  if (refuses(version.status)) return fail(refused(ask, version));
  BHSIM_ASSIGN(const auto json, parse_answer(ask.what, version.body));
  Fields fields(ask.what, json);
  const Field root = fields.root();
  // Of these two at the top: a Components entry may have a MinAPIVersion of its own (podman).
  const auto newest = root["ApiVersion"].text(pong.header("api-version"));
  const auto oldest = root["MinAPIVersion"].text();
  root["Version"].not_null().text();  // shown to people
  BHSIM_TRY(fields.verdict());
  BHSIM_ASSIGN(const auto server_newest, parse_api_version(newest));
  std::optional<ApiVersion> server_oldest;
  if (!oldest.empty()) {
    BHSIM_ASSIGN(server_oldest, parse_api_version(oldest));
  }
  BHSIM_ASSIGN(api, negotiate(server_newest, server_oldest));
  version_path = "/v" + to_string(api);
  version_json = std::move(version.body);
  return {};
}

Client::Client(std::unique_ptr<State> state) : state_(std::move(state)) {}
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

Result<Client> Client::connect(Endpoint endpoint) {
  auto state = std::make_unique<State>();
  state->endpoint = std::move(endpoint);
  BHSIM_TRY(state->ping_and_negotiate());
  return Client(std::move(state));
}

const Endpoint& Client::endpoint() const { return state_->endpoint; }
ApiVersion Client::api() const { return state_->api; }
const std::string& Client::version_json() const { return state_->version_json; }

Result<Answer> Client::call(const Request& request) const {
  BHSIM_ASSIGN(auto answer, state_->exchange(request, state_->version_path));
  if (refuses(answer.status)) return fail(refused(request, answer));
  return answer;
}

Result<nlohmann::json> Client::call_json(const Request& request) const {
  BHSIM_ASSIGN(const auto answer, call(request));
  return parse_answer(what_of(request), answer.body);
}

Result<int> Client::stream(const Request& request, const Taker& take, std::stop_token stop) const {
  const Time deadline = system_clock().now() + request.deadline;
  Exchange exchange(state_->endpoint, state_->version_path, request, &take);
  if (request.patience == Patience::header) BHSIM_TRY(exchange.run_to_header(stop, deadline));
  const bool bounded = request.patience == Patience::whole_answer;
  BHSIM_ASSIGN(const auto answer,
               exchange.run_to_end(stop, bounded ? std::optional(deadline) : std::nullopt));
  if (refuses(answer.status)) return fail(refused(request, answer));
  return answer.status;
}

struct Pending::State {
  Request request;
  std::unique_ptr<Exchange> exchange;  // refers to `request`
};

Pending::Pending(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pending::Pending(Pending&&) noexcept = default;
Pending& Pending::operator=(Pending&&) noexcept = default;
Pending::~Pending() = default;

Result<Pending> Client::begin(Request request) const {
  auto state = std::make_unique<Pending::State>();
  state->request = std::move(request);
  state->exchange =
      std::make_unique<Exchange>(state_->endpoint, state_->version_path, state->request, nullptr);
  BHSIM_TRY(state->exchange->run_to_header({}, system_clock().now() + state->request.deadline));
  return Pending(std::move(state));
}

Result<Answer> Pending::finish(std::stop_token stop, Nanos deadline) {
  state_->request.deadline = deadline;
  BHSIM_ASSIGN(auto answer, state_->exchange->run_to_end(stop, system_clock().now() + deadline));
  if (refuses(answer.status)) return fail(refused(state_->request, answer));
  return answer;
}

}  // namespace bhsim::engine
