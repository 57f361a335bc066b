#include "framework/load/command.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/load/capacity_command.hpp"
#include "framework/load/causes.hpp"
#include "framework/load/report.hpp"
#include "framework/load/url.hpp"

namespace bhsim::load {
namespace {

constexpr std::size_t kQueue = 4096;

// The HdrHistogram log: a line a second and operation, latencies from the plan, written as the
// seconds end. Where there are several operations, a line's tag is the name of its own.
class HistogramLog {
 public:
  Result<void> open(const Path& path) {
    if (path.empty()) return {};
    path_ = path;
    file_.open(path, std::ios::binary | std::ios::trunc);
    return check();
  }
  // Starts are counted from the plan's: `base` is its wall time.
  void begin(const LoadSpec& spec, WallTime base) {
    if (spec.operations.size() > 1) {
      for (const Operation& op : spec.operations) tags_.push_back(tag_of(op.name));
    }
    if (file_.is_open()) file_ << hlog_header(base);
  }
  void add(const SecondRecord& second, Time t0) {
    if (!file_.is_open()) return;
    file_ << hlog_line(second.corrected, second.t0 - t0, kSecond,
                       tags_.empty() ? "" : tags_[second.operation]);
  }
  Result<void> check() {
    if (!file_.is_open() && path_.empty()) return {};
    file_.flush();
    if (!file_)
      return fail(ErrorCode::io, "load: write {}: the file cannot be written", path_.string());
    return {};
  }

 private:
  // The format has neither commas nor blanks in a tag.
  static std::string tag_of(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == ',' || (c >= 0 && c <= ' '); }, '_');
    return name;
  }

  Path path_;
  std::ofstream file_;
  std::vector<std::string> tags_;  // by operation; empty: one operation, no tag
};

LoadVerdict judge(const LoadCommandOptions& options, const Summary& summary, std::ostream& out) {
  LoadVerdict verdict = LoadVerdict::pass;
  const Nanos p99 = summary.all.corrected.percentile(99);
  if (options.max_p99) {
    const bool holds = !summary.all.corrected.empty() && p99 <= *options.max_p99;
    out << fmt::format("  {}   p99 from the plan {:.3f} ms, limit {:.3f} ms\n",
                       holds ? "pass" : "FAIL", to_seconds(p99) * 1e3,
                       to_seconds(*options.max_p99) * 1e3);
    if (!holds) verdict = LoadVerdict::fail;
  }
  if (options.max_error_share) {
    const double share = summary.all.planned == 0
                             ? 1
                             : static_cast<double>(errors(summary.all.outcomes)) /
                                   static_cast<double>(summary.all.planned);
    const bool holds = share <= *options.max_error_share;
    out << fmt::format("  {}   errors {:.3f} %, limit {:.3f} %\n", holds ? "pass" : "FAIL",
                       share * 100, *options.max_error_share * 100);
    if (!holds) verdict = LoadVerdict::fail;
  }
  return summary.invalid.empty() ? verdict : LoadVerdict::invalid;
}

}  // namespace

Result<LoadVerdict> load_command(const LoadCommandOptions& options, const Clock& clock,
                                 std::ostream& out, std::ostream& err, std::stop_token stop) {
  if (is_search(options)) return capacity_command(options, clock, out, err, stop);
  BHSIM_ASSIGN(LoadSpec spec, to_spec(options));
  BoundedQueue<Event> events(kQueue);
  BHSIM_ASSIGN(const auto run, Run::create(std::move(spec), clock, events));
  HistogramLog log;
  BHSIM_TRY(log.open(options.hlog));
  BHSIM_TRY(run->start(std::move(stop)));
  log.begin(run->spec(), clock.wall() - (clock.now() - run->t0()));

  FailureCauses causes;
  Time next_line = run->t0() + kSecond;
  while (!events.closed_and_empty()) {
    const std::optional<Event> event = events.pop(std::chrono::milliseconds(200));
    if (options.live && clock.now() >= next_line) {
      next_line += kSecond;
      err << "\r\x1b[K" << render_live(run->live(), clock.now() - run->t0(), run->spec().duration)
          << std::flush;
    }
    if (!event) continue;
    if (const auto* second = std::get_if<SecondRecord>(&*event)) {
      log.add(*second, run->t0());
    } else if (const auto* failure = std::get_if<Failure>(&*event)) {
      causes.add(*failure);
    }
  }
  if (options.live) err << "\r\x1b[K";
  const Summary summary = run->join();
  out << render_text(run->spec(), summary);
  out << causes.render();
  const LoadVerdict verdict = judge(options, summary, out);
  BHSIM_TRY(log.check());
  if (!options.json.empty()) {
    BHSIM_TRY(write_file(options.json, to_json(run->spec(), summary).dump(2) + "\n"));
  }
  return verdict;
}

}  // namespace bhsim::load
