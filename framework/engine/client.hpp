#pragma once
// A client of the Docker Engine API (1.24 to 1.52). Thread-safe: every call has a connection of its
// own. Calls have a hard deadline; streams may be quiet for hours and end by stop token, peer or
// Error. The paths are those of the API's reference.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/endpoint.hpp"

namespace bhsim::engine {

struct ApiVersion {
  int major = 1, minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};
Result<ApiVersion> parse_api_version(std::string_view text);
std::string to_string(ApiVersion version);
constexpr ApiVersion kOldestApi{1, 24};
// The first that gives no old fields any more (of events, of inspect); none of them is read here.
constexpr ApiVersion kNewestApi{1, 52};

// The newest both can speak; an Error says which side is too old. An engine that does not tell its
// oldest is taken to speak ours.
Result<ApiVersion> negotiate(ApiVersion server_newest, std::optional<ApiVersion> server_oldest);

using Query = std::vector<std::pair<std::string, std::string>>;

// What a request's deadline covers.
enum class Patience {
  whole_answer,
  header,  // of a stream that may be quiet for hours, but is answered at once
  none,    // of a stream whose very header may come late
};

struct Request {
  std::string method = "GET";
  std::string path;  // "/containers/json", without the version
  Query query;
  std::string body;
  std::string content_type = "application/json";
  Nanos deadline = std::chrono::seconds(30);
  std::size_t most_bytes = 64U << 20U;  // a longer answer is an Error; not of stream()
  std::string what;                     // for messages: "create container web-1"
  std::stop_token stop = {};            // ends the call at once, as cancelled
  Patience patience = Patience::whole_answer;
};

struct Answer {
  int status = 0;
  std::string body;
  std::string header(std::string_view name) const;  // lower-case name; empty when absent
  std::vector<std::pair<std::string, std::string>> headers;
};

// An answer that has begun: its header is here, its body still to come.
class Pending {
 public:
  Pending(Pending&&) noexcept;
  Pending& operator=(Pending&&) noexcept;
  ~Pending();
  // The rest; call once. The Client must still be there.
  Result<Answer> finish(std::stop_token stop, Nanos deadline);

 private:
  friend class Client;
  struct State;
  explicit Pending(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// One connection taken over from HTTP (attach, exec): bytes in both directions.
class Hijacked {
 public:
  Hijacked(Hijacked&&) noexcept;
  Hijacked& operator=(Hijacked&&) noexcept;
  ~Hijacked();
  Result<void> send(std::string_view bytes, Nanos deadline);
  // Some bytes; empty at the peer's end; ErrorCode::timeout when none came in time. One thread may
  // send while another receives.
  Result<std::string> receive(Nanos deadline);
  // Ends both directions; from any thread: a receive that waits returns.
  void shut_down();

 private:
  friend class Client;
  struct State;
  explicit Hijacked(std::unique_ptr<State> state);
  Result<void> read_head(const Request& request, Time deadline);
  std::unique_ptr<State> state_;
};

class Client {
 public:
  // Pings, negotiates, reads the versions.
  static Result<Client> connect(Endpoint endpoint);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  [[nodiscard]] const Endpoint& endpoint() const;
  [[nodiscard]] ApiVersion api() const;
  // The whole answer of /version, as JSON text.
  [[nodiscard]] const std::string& version_json() const;

  // Answers of 400 and above are Errors by their meaning: 404 not_found, 409 conflict, else engine.
  // 304, "already so", is success.
  Result<Answer> call(const Request& request) const;
  Result<nlohmann::json> call_json(const Request& request) const;
  // Returns when the engine has taken the request up.
  Result<Pending> begin(Request request) const;
  // `take` gets the body as it comes; false ends the stream in order. Returns the status. Ends at
  // once by `stop`, and by the request's own, as cancelled.
  Result<int> stream(const Request& request, const std::function<bool(std::string_view)>& take,
                     std::stop_token stop) const;
  Result<Hijacked> hijack(const Request& request) const;

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::engine
