#include "framework/runner/container_log.hpp"

#include <algorithm>

#include "framework/engine/containers.hpp"
#include "framework/probes/engine_time.hpp"

namespace bhsim::runner {

void ContainerLog::read(const engine::Client& engine, const std::string& container,
                        std::stop_token stop,
                        const std::function<void(Time, std::string_view line)>& take) {
  using namespace std::chrono_literals;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const Nanos wall_ahead(to_ns(clock_.wall()) - to_ns(clock_.now()));
  engine::LogOptions options{.timestamps = true, .deadline = 5s};
  if (until_ns_ > 0)
    options.since = fmt::format("{}.{:09}", until_ns_ / kSecond, until_ns_ % kSecond);
  std::string out, err;
  const auto read = engine::read_logs(
      engine, container, options,
      [&](engine::OutputStream stream, std::string_view bytes) {
        (stream == engine::OutputStream::out ? out : err).append(bytes);
        return true;
      },
      std::move(stop));
  if (!read) return;
  std::int64_t until = until_ns_;
  for (const std::string_view text : {std::string_view(out), std::string_view(err)}) {
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string_view::npos;
         from = to + 1) {
      const auto line = text.substr(from, to - from);
      const auto blank = line.find(' ');
      const auto wall = probes::parse_engine_time(line.substr(0, blank));
      if (!wall || blank == std::string_view::npos || to_ns(*wall) <= until_ns_) continue;
      until = std::max(until, to_ns(*wall));
      take(time_from_ns(to_ns(*wall)) - wall_ahead, line.substr(blank + 1));
    }
  }
  until_ns_ = until;
}

}  // namespace bhsim::runner
