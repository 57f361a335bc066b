#pragma once
// Requests and answers over a Channel, matched by id: what Sidecar's typed calls stand on.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/sidecar/channel.hpp"

namespace bhsim::sidecar {

// Thread-safe. The reader thread runs from start() to destruction.
class Connection {
 public:
  Connection(Channel channel, const Clock& clock);
  ~Connection();

  // Starts the reader and waits for the helper's greeting.
  Result<void> start(Nanos wait);
  Result<nlohmann::json> call(std::string_view command, nlohmann::json arguments, Nanos wait);
  [[nodiscard]] std::optional<std::string> ended() const;  // why, once it has ended
  void on_end(std::function<void(const std::string&)> callback);
  // Called with the content of each "tick" line, by the reader thread.
  void on_tick(std::function<void(const nlohmann::json&)> callback);

 private:
  void read_all();
  // An Error when the helper spoke something that it should not.
  Result<void> take(std::string_view line);
  void end(std::string why);

  Channel channel_;
  const Clock& clock_;
  std::mutex write_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, std::optional<nlohmann::json>> waiting_;  // by id; the answer once there
  std::optional<nlohmann::json> hello_;
  std::optional<std::string> ended_;
  std::function<void(const std::string&)> end_callback_;
  std::function<void(const nlohmann::json&)> tick_callback_;
  bool stopping_ = false;
  std::string input_;
  std::thread reader_;
};

}  // namespace bhsim::sidecar
