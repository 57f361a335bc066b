#pragma once
// The lines of a container's output, each once, for who looks again and again.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::runner {

// Belongs to one thread.
class ContainerLog {
 public:
  explicit ContainerLog(const Clock& clock) : clock_(clock) {}
  // Hands over the whole lines that have come since the last look, with the time at which the
  // engine read them. What a look cannot read, the next one does.
  void read(const engine::Client& engine, const std::string& container, std::stop_token stop,
            const std::function<void(Time, std::string_view line)>& take);

 private:
  const Clock& clock_;
  std::int64_t until_ns_ = 0;  // wall time of the last line taken
};

}  // namespace bhsim::runner
