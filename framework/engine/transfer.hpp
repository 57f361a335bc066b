#pragma once
// One exchange with the engine over libcurl. Of this folder alone.

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::engine {

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct CloseMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, CloseEasy>;
using Multi = std::unique_ptr<CURLM, CloseMulti>;
using Headers = std::unique_ptr<curl_slist, FreeList>;

constexpr std::size_t kMostHeaderBytes = 256U << 10U;

// A handle with all that is the same for every call to that engine.
Easy new_easy(const Endpoint& endpoint);
std::string base_url(const Endpoint& endpoint);
// "/v1.41/containers/json?all=1"; whatever is not plain in the path or the query is escaped.
std::string target_of(const Request& request, std::string_view version);
std::string what_of(const Request& request);
// An answer of 400 and above, or a redirection: an Error by its meaning.
Error refused(const Request& request, const Answer& answer);
bool refuses(int status);
Error transfer_failed(const Request& request, const Endpoint& endpoint, CURLcode code,
                      const char* detail);

using Taker = std::function<bool(std::string_view)>;

// A request on a connection of its own, driven by whoever waits for it; a stop, the request's own
// too, ends the wait at once. `endpoint`, `request` and `take` must outlive it.
class Exchange {
 public:
  // `take` gets the body of an answer that is no refusal, as it comes; without it the body is kept.
  Exchange(const Endpoint& endpoint, std::string_view version, const Request& request,
           const Taker* take);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Returns when the header is there, whole; the body goes on.
  Result<void> run_to_header(const std::stop_token& stop, std::optional<Time> deadline);
  // The whole answer, whatever its status. After an in-order end by `take` it is what there is.
  Result<Answer> run_to_end(const std::stop_token& stop, std::optional<Time> deadline);

 private:
  enum class Until { header, end };

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* user);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* user);
  void set_method();
  void set_callbacks();
  [[nodiscard]] int status() const;
  Result<void> run(Until until, const std::stop_token& stop, std::optional<Time> deadline);
  void collect();
  [[nodiscard]] Result<void> outcome() const;

  const Endpoint& endpoint_;
  const Request& request_;
  const Taker* take_;
  Headers headers_;
  Multi multi_;
  Easy easy_;
  std::string url_;
  std::string detail_ = std::string(CURL_ERROR_SIZE, '\0');
  Answer answer_;
  std::size_t header_bytes_ = 0;
  bool header_whole_ = false;
  bool body_too_long_ = false;
  bool taker_ended_ = false;
  std::optional<CURLcode> ended_;
};

}  // namespace bhsim::engine
