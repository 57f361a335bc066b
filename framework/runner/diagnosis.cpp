#include "framework/runner/diagnosis.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/history/facts.hpp"
#include "framework/runner/evidence.hpp"
#include "framework/runner/preflight.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFolder = "artifacts/diagnosis";
constexpr std::size_t kMostText = 4U << 20U;  // of one file
constexpr int kLastLines = 300;
// What is the same in all of them is stuck.
constexpr int kThreadDumps = 3;
constexpr Nanos kBetweenDumps = 2s;
constexpr std::size_t kNamedClasses = 5;

// Where the run keeps a file of the logs volume, below its directory.
std::string kept_at(std::string_view in_container) {
  return fmt::format("artifacts{}", in_container);
}

bool is_heap_dump(const engine::LeftOut& file) {
  return std::string_view(kHeapDump).ends_with(file.name);
}

bool over(const config::Plan& plan, const std::string& check, double value) {
  const auto limit = plan.limit(check);
  return limit && value > limit->value;
}

void trim(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t#"), text.size()));
}

std::string_view next_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

// Of the machine that runs bhsim, which is the engine's when that is a local one.
std::string host_facts(const Path& out) {
  const auto machine = this_machine(out);
  utsname system{};
  ::uname(&system);
  std::string text = fmt::format(
      "{} {} {}\n{} cores, {} of memory available, {} of disk free for run directories\n",
      system.sysname, system.release, system.machine, machine.cores,
      format_size(machine.memory_available), format_size(machine.disk_available));
  for (const auto* file : {"/proc/loadavg", "/proc/meminfo", "/proc/pressure/cpu",
                           "/proc/pressure/memory", "/proc/pressure/io"})
    if (const auto content = read_file(file)) text += fmt::format("\n{}\n{}", file, *content);
  return text;
}

}  // namespace

std::vector<std::string> reasons_to_look(const config::Plan& plan, const Signs& signs) {
  std::vector<std::string> reasons;
  if (!signs.ended_early.empty())
    reasons.push_back(signs.ended_early.substr(0, signs.ended_early.find('\n')));
  if (signs.out_of_memory) reasons.emplace_back("the JVM threw an OutOfMemoryError");
  const double share = signs.requests == 0 ? 0
                                           : 100 * static_cast<double>(signs.errors) /
                                                 static_cast<double>(signs.requests);
  if (over(plan, plan.faults.empty() ? "LOAD-01" : "REL-01", share))
    reasons.push_back(fmt::format("{} of {} requests were not ok", signs.errors, signs.requests));
  const auto counted = [&reasons](std::int64_t count, std::string_view what) {
    if (count > 0) reasons.push_back(fmt::format("{} {}", count, what));
  };
  counted(signs.swaps_failed, "swaps were lost, or accepted although bad");
  counted(signs.went_back, "responses by an older or unknown generation");
  counted(signs.writes_lost, "acknowledged writes were lost");
  counted(signs.writes_altered, "writes were altered or came back twice");
  counted(signs.not_recovered, "faults were undone, and the application had not recovered");
  counted(signs.deadlocks, "thread dumps tell of a deadlock");
  return reasons;
}

std::string crash_in_words(std::string_view report) {
  std::string words;
  bool frame_follows = false;
  for (int lines = 0; !report.empty() && lines < 60; ++lines) {
    auto line = next_line(report);
    if (!line.starts_with('#')) continue;
    trim(line);
    if (frame_follows) return fmt::format("{}, in {}", words, line);
    if (words.empty() && (line.starts_with("SIG") || line.find("Internal Error") == 0 ||
                          line.starts_with("Out of Memory Error") ||
                          line.starts_with("There is insufficient memory")))
      words = line;
    frame_follows = !words.empty() && line.starts_with("Problematic frame");
  }
  return words;
}

std::string thread_in_dump(std::string_view dump, std::string_view name) {
  constexpr int kMostLines = 12;
  const auto at = dump.find(fmt::format("\n\"{}\" ", name));
  if (at == std::string_view::npos) return "";
  dump.remove_prefix(at + 1);
  std::size_t end = 0;
  for (int lines = 0; lines < kMostLines && end < dump.size(); ++lines) {
    const auto next = std::min(dump.find('\n', end), dump.size());
    if (next == end) break;  // an empty line: the next thread
    end = next + 1;
  }
  return std::string(dump.substr(0, end));
}

std::string largest_classes(std::string_view histogram, std::size_t most) {
  std::string words;
  std::size_t named = 0;
  while (!histogram.empty() && named < most) {
    auto line = next_line(histogram);
    const auto number = next_word(line);
    if (number.empty() || number.back() != ':') continue;
    next_word(line);  // instances
    const auto bytes = parse_size(next_word(line));
    const auto name = next_word(line);
    if (!bytes || name.empty()) continue;
    words += fmt::format("{}{} of {}", words.empty() ? "" : ", ", format_size(*bytes), name);
    ++named;
  }
  return words;
}

Diagnosis::Diagnosis(const Setting& setting, Path run_directory, std::vector<std::string> reasons)
    : setting_(setting), run_directory_(std::move(run_directory)), reasons_(std::move(reasons)) {}

void Diagnosis::keep_text(const std::string& name, std::string_view what,
                          const Result<std::string>& text) {
  if (!text) {
    missing_.push_back({std::string(what), text.error().message});
    return;
  }
  const auto kept = redacted_text(std::string_view(*text).substr(0, kMostText));
  const std::string path = fmt::format("{}/{}", kFolder, name);
  if (const auto written = write_file(run_directory_ / path, kept); !written)
    missing_.push_back({std::string(what), written.error().message});
  else
    files_.push_back({path, std::string(what), static_cast<std::int64_t>(kept.size())});
}

void Diagnosis::look_at(const Application& application, const std::stop_token& stop) {
  if (const auto made = make_directories(run_directory_ / kFolder); !made) {
    missing_.push_back({"everything", made.error().message});
    return;
  }
  const auto& engine = *setting_.engine;
  keep_text("last-lines.log", "the last lines that the application wrote",
            engine::last_lines(engine, application.container(), kLastLines));
  const auto inspected = engine::inspect_container_json(engine, application.container());
  keep_text("container.json", "the container as the engine sees it",
            inspected ? Result<std::string>(redacted(inspected->dump(
                            1, ' ', false, nlohmann::json::error_handler_t::replace)))
                      : fail(inspected.error()));
  keep_text("host.txt", "the machine that runs bhsim", host_facts(run_directory_));
  look_at_jvm(application, stop);
}

void Diagnosis::look_at_jvm(const Application& application, const std::stop_token& stop) {
  constexpr std::string_view kOfJvm = "VM.info, thread dumps and heap histogram of this moment";
  const auto sidecar = application.sidecar();
  if (sidecar == nullptr || !sidecar->alive()) {
    missing_.push_back({std::string(kOfJvm),
                        "the JVM has ended: the newest thread dump of artifacts/ is at most 30 s "
                        "older than its end"});
    return;
  }
  auto info = sidecar->attach_command("VM.info");
  if (!info) {  // nor would it answer the others
    missing_.push_back({std::string(kOfJvm), info.error().message});
    return;
  }
  keep_text("vm-info.txt", "VM.info: flags, memory, threads and events of the JVM", info);
  const auto& clock = *setting_.clock;
  for (int i = 1; i <= kThreadDumps && !stop.stop_requested(); ++i) {
    if (i > 1) clock.sleep_until(clock.now() + kBetweenDumps);
    keep_text(fmt::format("threads-{}.txt", i),
              fmt::format("thread dump {} of {}, {} apart", i, kThreadDumps,
                          format_duration(kBetweenDumps)),
              sidecar->thread_dump());
  }
  const auto histogram = sidecar->attach_command("GC.class_histogram");
  if (histogram) histogram_ = largest_classes(*histogram, kNamedClasses);
  keep_text("heap-histogram.txt", "live objects by class", histogram);
}

void Diagnosis::look_at_crash_report() {
  const std::string path = kept_at(kCrashReport);
  const auto report = read_file(run_directory_ / path);
  if (!report) return;
  // It holds the command line and the environment.
  const auto kept = redacted_text(*report);
  if (const auto written = write_file(run_directory_ / path, kept); !written)
    log::warning("{}", written.error().message);
  files_.push_back(
      {path, "the JVM's own report of its crash", static_cast<std::int64_t>(kept.size())});
  const auto words = crash_in_words(kept);
  look_first("the JVM crashed" + (words.empty() ? words : ": " + words), path);
}

void Diagnosis::look_at_heap_dump(const std::vector<engine::LeftOut>& left_out) {
  const std::string path = kept_at(kHeapDump);
  const auto gone = std::find_if(left_out.begin(), left_out.end(), is_heap_dump);
  std::error_code none;
  const auto size = std::filesystem::file_size(run_directory_ / path, none);
  std::string largest = histogram_.empty() ? "" : "; now there are " + histogram_;
  if (!none) {
    files_.push_back({path,
                      "heap dump of the OutOfMemoryError: it holds whatever the application held, "
                      "secrets too",
                      static_cast<std::int64_t>(size)});
    look_first(
        "the heap was full: open its dump with Eclipse MAT or VisualVM, and ask for the "
        "largest retained objects" +
            largest,
        path);
  } else if (gone != left_out.end()) {
    missing_.push_back({"heap dump of the OutOfMemoryError",
                        fmt::format("it has {}, and a file of more than {} is not kept",
                                    format_size(gone->bytes), format_size(kMostKeptFile))});
    look_first(
        "the heap was full, and its dump is too large to be kept: what grows is in the heap "
        "histograms of artifacts/" +
            largest,
        "heap-histogram");
  }
}

bool Diagnosis::worth_it(const Path& run_directory) {
  return std::filesystem::exists(run_directory / kept_at(kCrashReport)) ||
         std::filesystem::exists(run_directory / kept_at(kHeapDump));
}

void Diagnosis::look_at_files(const std::vector<engine::LeftOut>& left_out, const Signs& signs,
                              const history::JvmSegment& last) {
  look_at_crash_report();
  look_at_heap_dump(left_out);
  for (const auto& file : left_out)
    if (!is_heap_dump(file))
      missing_.push_back({file.name, fmt::format("{}: too large", format_size(file.bytes))});
  if (last.oom_killed)
    look_first(
        "the kernel killed it at the container's memory limit: compare HostConfig.Memory "
        "with heap, metaspace and direct buffers, and see the chart of memory",
        "container.json");
  if (signs.deadlocks > 0)
    look_first("the locks of the deadlock stand at the end of the dump", "threads-1");
  if (signs.swaps_failed + signs.went_back > 0)
    look_first(
        "what the agent's threads were doing, and the JVM's own word on each redefinition "
        "in artifacts/logs/redefine.log",
        "threads-1");
  look_first("what the application said last", "last-lines");
}

const Diagnosis::File* Diagnosis::file(std::string_view part) const {
  const auto found = std::find_if(files_.begin(), files_.end(), [part](const File& file) {
    return file.path.find(part) != std::string::npos;
  });
  return found == files_.end() ? nullptr : &*found;
}

void Diagnosis::look_first(std::string what, std::string_view part) {
  const auto* found = file(part);
  look_first_.push_back({std::move(what), found == nullptr ? "" : found->path});
}

void Diagnosis::keep(history::Store& store) const {
  auto fact = nlohmann::json{{"reasons", reasons_},
                             {"look_first", nlohmann::json::array()},
                             {"files", nlohmann::json::array()},
                             {"missing", nlohmann::json::array()}};
  for (const auto& note : look_first_)
    fact["look_first"].push_back({{"what", note.what}, {"file", note.text}});
  for (const auto& file : files_)
    fact["files"].push_back({{"path", file.path}, {"what", file.what}, {"bytes", file.bytes}});
  for (const auto& note : missing_)
    fact["missing"].push_back({{"what", note.what}, {"why", note.text}});
  store.set_fact_json(history::fact::kDiagnosis, fact);
}

}  // namespace bhsim::runner
