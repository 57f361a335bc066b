#include "framework/probes/app_log.hpp"

#include <fstream>
#include <map>

#include "framework/engine/containers.hpp"
#include "framework/probes/tail.hpp"

namespace bhsim::probes {
namespace {

constexpr std::int64_t kMostBytes = 64LL << 20;
constexpr std::int64_t kMostRows = 2'000;  // a level
constexpr std::size_t kKeptOfLine = 2'000;

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '$'; }

// A dotted class name that ends in "Exception" or "Error".
bool names_exception(std::string_view line) {
  for (const std::string_view ending : {"Exception", "Error"}) {
    for (auto at = line.find(ending); at != std::string_view::npos; at = line.find(ending, at + 1)) {
      const auto behind = at + ending.size();
      if (behind < line.size() && is_word_char(line[behind])) continue;
      auto from = at;
      while (from > 0 && is_word_char(line[from - 1])) --from;
      if (line.substr(from, at - from).find('.') != std::string_view::npos) return true;
    }
  }
  return false;
}

class LogKeeper {
 public:
  LogKeeper(const Scene& scene, std::string source) : scene_(scene), source_(std::move(source)) {}

  void take(std::string_view line) {
    const auto level = level_of(line);
    if (!level) return;
    if (++kept_[std::string(*level)] > kMostRows) {
      ++dropped_;
      return;
    }
    std::string text(line.substr(0, kKeptOfLine));
    for (const auto& secret : scene_.options.secrets)
      for (auto at = text.find(secret); !secret.empty() && at != std::string::npos; at = text.find(secret, at + 3)) text.replace(at, secret.size(), "***");
    scene_.store.add(history::LogLine{.t = scene_.clock.now(), .source = source_, .level = std::string(*level), .text = std::move(text)});
  }
  [[nodiscard]] std::int64_t dropped() const { return dropped_; }

 private:
  const Scene& scene_;
  const std::string source_;
  std::map<std::string, std::int64_t> kept_;
  std::int64_t dropped_ = 0;
};

}  // namespace

std::optional<std::string_view> level_of(std::string_view line) {
  // A frame of a stack says nothing that its head did not.
  if (line.starts_with("\tat ") || line.starts_with("    at ")) return std::nullopt;
  const bool exception = names_exception(line);
  if (line.find(" ERROR ") != std::string_view::npos || line.starts_with("ERROR")) return exception ? "EXCEPTION" : "ERROR";
  if (exception) return "EXCEPTION";
  if (line.find(" WARN ") != std::string_view::npos || line.starts_with("WARN")) return "WARN";
  return std::nullopt;
}

void probe_app_log(const Scene& scene, const std::stop_token& stop) {
  LogKeeper out_keeper(scene, "stdout"), err_keeper(scene, "stderr");
  LineReader out_lines([&](std::string_view line) { out_keeper.take(line); });
  LineReader err_lines([&](std::string_view line) { err_keeper.take(line); });
  std::ofstream file(scene.options.run_directory / "artifacts" / fmt::format("app-{}-{}.log", scene.options.role, scene.segment.number),
                     std::ios::binary);
  std::int64_t written = 0;
  const auto take = [&](engine::OutputStream stream, std::string_view bytes) {
    (stream == engine::OutputStream::err ? err_lines : out_lines).feed(bytes);
    if (written < kMostBytes) file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    written += static_cast<std::int64_t>(bytes.size());
    return true;
  };
  engine::LogOptions options;
  options.follow = true;
  // A restarted container's log begins with that of the starts before.
  if (scene.segment.number > 0) {
    const auto wall = to_ns(scene.clock.wall());
    options.since = fmt::format("{}", wall / 1'000'000'000 - 30);
  }
  const auto followed = engine::read_logs(scene.engine, scene.segment.container, options, take, stop);
  if (!followed) scene.complain("application log", followed.error().message);
  out_lines.finish();
  err_lines.finish();
  if (const auto dropped = out_keeper.dropped() + err_keeper.dropped(); dropped > 0)
    scene.store.set_fact("log_lines.dropped", std::to_string(dropped));
}

}  // namespace bhsim::probes
