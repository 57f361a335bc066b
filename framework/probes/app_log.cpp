// The container's output: whole into artifacts/, what matters as rows.

#include <fstream>

#include "framework/engine/containers.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/engine_time.hpp"
#include "framework/probes/log_lines.hpp"
#include "framework/probes/probe.hpp"
#include "framework/probes/tail.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMostBytes = 64LL << 20U;  // of one artifact
constexpr std::int64_t kMostRows = 2'000;         // a level, over all starts
constexpr int kMostLogReconnects = 100;

// A cumulative count as a series: at most one sample a second, at the instant of what was counted
// last.
class Running {
 public:
  Running(const Scene& scene, std::string_view series, std::int64_t& total)
      : scene_(scene), series_(series), total_(total), last_(scene.clock.now()) {
    tell();
  }
  void add(Time t, std::int64_t count) {
    if (!told_ && t - second_ >= 1s) tell();
    if (told_) second_ = t;
    total_ += count;
    last_ = t;
    told_ = false;
  }
  // That nothing more was there to count until now.
  void finish() {
    if (!told_) tell();
    last_ = scene_.clock.now();
    tell();
  }

 private:
  void tell() {
    told_ = true;
    if (scene_.options.extent != Extent::full) return;  // of the application under load only
    sample(scene_, series_, last_, static_cast<double>(total_));
  }

  const Scene& scene_;
  std::string_view series_;
  std::int64_t& total_;
  Time last_;
  Time second_{};  // in which what is not told was counted
  bool told_ = false;
};

// Takes the lines of both streams, each behind the engine's time. Those that were taken before,
// by a connection that broke or in the JVM's life before, are left out.
class LogKeeper {
 public:
  explicit LogKeeper(const Scene& scene)
      : scene_(scene),
        taken_until_(scene.continuity.log_until_ns),
        file_(scene.options.run_directory / "artifacts" /
                  fmt::format("app-{}-{}.log", scene.options.role, scene.segment.number),
              std::ios::binary | std::ios::app) {
    auto agent = AgentLines::create(scene.options.log_patterns);
    if (agent)
      agent_ = std::move(*agent);
    else
      scene.complain("application log", agent.error().message);
    const auto pos = file_.tellp();
    written_ = pos < 0 ? 0 : static_cast<std::int64_t>(pos);
  }

  Result<void> read(bool follow, const std::stop_token& stop) {
    taken_until_ = scene_.continuity.log_until_ns;
    engine::LogOptions options{.follow = follow, .timestamps = true};
    if (taken_until_ > 0)
      options.since = fmt::format("{}.{:09}", taken_until_ / kSecond, taken_until_ % kSecond);
    auto done = engine::read_logs(
        scene_.engine, scene_.segment.container, options,
        [this](engine::OutputStream stream, std::string_view bytes) {
          (stream == engine::OutputStream::err ? err_lines_ : out_lines_).feed(bytes);
          return true;
        },
        stop);
    // What a broken connection has cut is read again, whole; at the log's end it is a last word.
    for (auto* lines : {&out_lines_, &err_lines_}) {
      if (done && !follow)
        lines->finish();
      else
        lines->drop();
    }
    file_.flush();
    return done;
  }

  void finish() {
    out_.finish();
    err_.finish();
    dump_.finish();
    file_.flush();
    errors_.finish();
    bytes_.finish();
    if (written_ > kMostBytes)
      scene_.complain("application log",
                      fmt::format("{} bytes; the first {} are kept", written_, kMostBytes));
    if (scene_.continuity.log_rows_dropped > 0)
      scene_.store.set_fact("log_lines.dropped",
                            std::to_string(scene_.continuity.log_rows_dropped));
  }

 private:
  static constexpr std::int64_t kSecond = 1'000'000'000;

  void take(LogSifter& sifter, std::string_view line) {
    const auto blank = line.find(' ');
    const auto wall = parse_engine_time(line.substr(0, blank));
    Time t = scene_.clock.now();
    if (wall) {
      if (to_ns(*wall) <= taken_until_) return;
      scene_.continuity.log_until_ns = std::max(scene_.continuity.log_until_ns, to_ns(*wall));
      t = at_wall(scene_.clock, *wall);
      line = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
    }
    if (written_ <= kMostBytes) file_ << line << '\n';
    const auto length = static_cast<std::int64_t>(line.size()) + 1;
    written_ += length;
    bytes_.add(t, length);
    sifter.feed(t, line);
    dump_.feed(line);
  }

  void keep(history::LogLine row) {
    if (row.level == "ERROR" || row.level == "EXCEPTION") errors_.add(row.t, 1);
    auto& kept = scene_.continuity.log_rows[row.level];
    if (kept < kMostRows) {
      ++kept;
      scene_.store.add(std::move(row));
    } else {
      ++scene_.continuity.log_rows_dropped;
    }
  }

  [[nodiscard]] LogSifter::Rules rules(std::string source) const {
    return {.source = std::move(source), .secrets = scene_.options.secrets, .agent = &agent_};
  }

  const Scene& scene_;
  std::int64_t taken_until_;
  std::int64_t written_ = 0;
  std::ofstream file_;
  Running errors_{scene_, history::series::kLogErrors, scene_.continuity.log_errors};
  Running bytes_{scene_, history::series::kLogBytes, scene_.continuity.log_bytes};
  AgentLines agent_;
  LogSifter out_{rules("stdout"), [this](history::LogLine row) { keep(std::move(row)); }};
  LogSifter err_{rules("stderr"), [this](history::LogLine row) { keep(std::move(row)); }};
  DumpCollector dump_{[this](std::string_view text) {
    if (const auto kept = keep_thread_dump(scene_, text); !kept)
      scene_.complain("thread dumps", kept.error().message);
  }};
  LineReader out_lines_{[this](std::string_view line) { take(out_, line); }};
  LineReader err_lines_{[this](std::string_view line) { take(err_, line); }};
};

}  // namespace

void probe_app_log(const Scene& scene, const std::stop_token& stop) {
  LogKeeper keeper(scene);
  for (int attempt = 0; attempt < kMostLogReconnects && !stop.stop_requested(); ++attempt) {
    const auto followed = keeper.read(true, stop);
    if (followed) break;  // the container has ended, or the segment has
    scene.complain("application log", followed.error().message);
    sleep_until(scene.clock, scene.clock.now() + 1s, stop);
  }
  // What was written while the stream was being ended.
  if (const auto rest = keeper.read(false, {}); !rest && rest.error().code != ErrorCode::not_found)
    scene.complain("application log", rest.error().message);
  keeper.finish();
}

void catch_up_app_log(const Scene& scene) {
  LogKeeper keeper(scene);
  if (const auto rest = keeper.read(false, {}); !rest && rest.error().code != ErrorCode::not_found)
    scene.complain("application log", rest.error().message);
  keeper.finish();
}

}  // namespace bhsim::probes
