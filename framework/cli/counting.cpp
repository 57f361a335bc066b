#include "framework/cli/counting.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/select.hpp"
#include "framework/cli/judging.hpp"
#include "framework/history/facts.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/text.hpp"

namespace bhsim::cli {
namespace {

using checks::RunStatus;
using nlohmann::json;

// What of a run is known without judging it.
struct Head {
  Path directory;
  std::string id;
  config::Plan plan;
  std::string image, agent, agent_sha256;
  [[nodiscard]] bool same_subject(const Head& other) const {
    return image == other.image && agent == other.agent && agent_sha256 == other.agent_sha256;
  }
};

std::string text_of(const json& document, const char* pointer) {
  const json::json_pointer at(pointer);
  return document.contains(at) && document.at(at).is_string() ? document.at(at).get<std::string>()
                                                              : std::string();
}

Result<Head> head_of(const Path& directory) {
  // Not opened while its run may go on: sealing wants the store for itself.
  if (!std::filesystem::exists(directory / "manifest.json"))
    return fail(ErrorCode::conflict,
                "not sealed: it goes on, or bhsim was killed and `bhsim recover` seals it");
  BHSIM_ASSIGN(const auto history, history::History::open(directory));
  const auto plan = history.fact(history::fact::kPlan);
  const auto versions = history.fact(history::fact::kVersions);
  if (!plan || !versions || text_of(*versions, "/images/application").empty())
    return fail(ErrorCode::protocol, "it does not name its image: it ended before that was known");
  Head head{directory,
            history.run_id(),
            {},
            text_of(*versions, "/images/application"),
            text_of(*versions, "/agent/name"),
            text_of(*versions, "/agent/sha256")};
  BHSIM_ASSIGN(head.plan, config::plan_from_json(*plan));
  return head;
}

bool is_of(const Head& head, const SubjectQuery& query) {
  const auto matches = [](std::string_view word, std::string_view name, std::string_view digest) {
    if (word.empty() || word == name) return true;
    if (digest.starts_with("sha256:")) digest.remove_prefix(7);
    if (word.starts_with("sha256:")) word.remove_prefix(7);
    return !digest.empty() && digest.starts_with(word);
  };
  return matches(query.app, head.plan.app.name, head.image) &&
         matches(query.agent, head.agent, head.agent_sha256);
}

// A run judged, or why it says nothing.
Result<checks::CountedRun> count(const Head& head) {
  if (!head.plan.only.empty())
    return fail(ErrorCode::conflict, "it judged only {} (--only)", fmt::join(head.plan.only, ", "));
  BHSIM_ASSIGN(auto judged, judge_run(head.directory));
  const auto ending = checks::ending(judged.history);
  const auto status = judged.verdict.status;
  if (status == RunStatus::invalid) return fail(ErrorCode::conflict, "{}", judged.verdict.because);
  if (!ending.completed && status != RunStatus::fail)
    return fail(ErrorCode::conflict, "it was cut short: {}", ending.how);
  return checks::CountedRun{head.id,
                            head.directory,
                            report::started_at(judged.history),
                            ending.completed ? std::string() : ending.how,
                            std::move(judged.plan),
                            std::move(judged.verdict)};
}

// A damaged store throws: it is one run that says nothing, and no reason to say nothing of the
// others.
template <typename Function>
auto guarded(Function read) -> decltype(read()) {
  try {
    return read();
  } catch (const std::exception& damaged) {
    return fail(ErrorCode::io, "it is damaged: {}", damaged.what());
  }
}

// Runs of others, together by their application and agent.
class Others {
 public:
  void add(const Head& head) {
    const auto same = std::ranges::find_if(
        groups_, [&](const Group& group) { return group.newest.same_subject(head); });
    if (same == groups_.end())
      groups_.push_back({head, 1});
    else
      ++same->runs;
  }
  [[nodiscard]] std::vector<report::LeftOut> told() const {
    std::vector<report::LeftOut> out;
    for (const auto& [newest, runs] : groups_) {
      const report::Subject subject{
          {newest.plan.app.name}, newest.image, newest.agent, newest.agent_sha256, {}};
      out.push_back({runs == 1 ? newest.id : fmt::format("{} runs (newest {})", runs, newest.id),
                     "of " + report::subject_line(subject)});
    }
    return out;
  }

 private:
  struct Group {
    Head newest;
    int runs = 0;
  };
  std::vector<Group> groups_;
};

// The command line that runs the same application and agent.
std::string words_of(const Head& head) {
  const auto& app = head.plan.app;
  const auto& agent = head.plan.agent;
  std::vector<std::string> words;
  if (!app.image_ref.empty()) {
    words.push_back("--app=" + report::shell_word(app.file.generic_string()));
    words.push_back("--image=" + report::shell_word(app.image_ref));
  }
  if (!agent.jar.empty())
    words.push_back("--agent=" + report::shell_word(agent.jar));
  else if (agent.name != "reference")
    words.push_back("--agent=" + report::shell_word(agent.name));
  return fmt::format("{}", fmt::join(words, " "));
}

std::size_t place_of(const std::string& simulation) {
  const auto sections = checks::sections();
  return static_cast<std::size_t>(
      std::ranges::find(sections, simulation, &checks::Section::simulation) - sections.begin());
}

// Chooses as the heads come, newest first.
class Chooser {
 public:
  void take(const Head& head) {
    if (chosen_ && !chosen_->same_subject(head)) return others_.add(head);
    if (has(head.plan.simulation)) return;
    auto run = guarded([&head] { return count(head); });
    if (!run) return readiness_.left_out.push_back({head.id, run.error().message});
    if (!chosen_) choose(head);
    add_application(head.plan.app.name);
    readiness_.runs.push_back(*std::move(run));
  }
  void leave_out(const Path& directory, const Error& why) {
    readiness_.left_out.push_back({directory.filename().string(), why.message});
  }
  report::Readiness result() && {
    for (auto& other : others_.told()) readiness_.left_out.push_back(std::move(other));
    std::ranges::stable_sort(readiness_.runs, {}, [](const checks::CountedRun& run) {
      return place_of(run.plan.simulation);
    });
    return std::move(readiness_);
  }

 private:
  [[nodiscard]] bool has(const std::string& simulation) const {
    return std::ranges::any_of(readiness_.runs, [&](const checks::CountedRun& run) {
      return run.plan.simulation == simulation;
    });
  }
  void choose(const Head& head) {
    chosen_ = head;
    auto& subject = readiness_.subject;
    subject.image = head.image;
    subject.agent = head.agent;
    subject.agent_sha256 = head.agent_sha256;
    subject.words = words_of(head);
  }
  void add_application(const std::string& name) {
    auto& names = readiness_.subject.applications;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }

  report::Readiness readiness_;
  std::optional<Head> chosen_;
  Others others_;
};

}  // namespace

std::vector<Path> runs_below(const Path& out) {
  std::vector<Path> directories;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(out, ignored))
    if (std::filesystem::exists(entry.path() / "run.db")) directories.push_back(entry.path());
  return directories;
}

Result<report::Readiness> count_runs(const std::vector<Path>& directories,
                                     const SubjectQuery& query) {
  // Run ids begin with their time.
  auto newest_first = directories;
  std::ranges::sort(newest_first, std::greater(), &Path::filename);
  Chooser chooser;
  Others unasked;
  bool any = query.app.empty() && query.agent.empty();
  for (const auto& directory : newest_first) {
    const auto head = guarded([&directory] { return head_of(directory); });
    if (!head) {
      chooser.leave_out(directory, head.error());
    } else if (is_of(*head, query)) {
      any = true;
      chooser.take(*head);
    } else {
      unasked.add(*head);
    }
  }
  if (any) return std::move(chooser).result();
  std::string there;
  for (const auto& [what, why] : unasked.told()) there += fmt::format("\n  {} {}", what, why);
  return fail(ErrorCode::usage, "no run is of that application and agent; there are:{}", there);
}

}  // namespace bhsim::cli
