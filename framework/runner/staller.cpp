#include "framework/runner/staller.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace bhsim::runner {
namespace {

constexpr std::string_view kHealth = "{health}";
constexpr std::string_view kStallerHead = "bhsim-staller 1";
constexpr std::size_t kMostNoted = 10'000;  // of each kind

// Inside the container's own network; any but the application's.
int health_port(const config::Plan& plan) { return plan.app.port == 28'080 ? 28'081 : 28'080; }

std::string staller_flag(const config::Plan& plan, StallerTask task) {
  const auto stem = kStallerHolds.substr(0, kStallerHolds.rfind('.'));
  const std::string flag = fmt::format("-javaagent:{}={}", kStallerJar, stem);
  return task == StallerTask::answer_health ? fmt::format("{},{}", flag, health_port(plan)) : flag;
}

std::vector<std::string_view> words_of_line(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t from = 0; from <= line.size();) {
    const auto to = std::min(line.find(' ', from), line.size());
    words.push_back(line.substr(from, to - from));
    from = to + 1;
  }
  return words;
}

std::optional<std::int64_t> number_of(std::string_view word) {
  std::int64_t number = 0;
  const auto* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

void add_staller(config::Plan& plan, StallerTask task) {
  auto& flags = plan.agent.jvm;
  if (task == StallerTask::answer_health) {
    const auto url = fmt::format("http://127.0.0.1:{}/health", health_port(plan));
    for (auto& flag : flags)
      if (const auto at = flag.find(kHealth); at != std::string::npos)
        flag.replace(at, kHealth.size(), url);
  }
  flags.insert(flags.begin(), staller_flag(plan, task));
}

bool has_staller(const config::Plan& plan) {
  const auto head = fmt::format("-javaagent:{}=", kStallerJar);
  return std::ranges::any_of(plan.agent.jvm,
                             [&head](const auto& flag) { return flag.starts_with(head); });
}

std::string holds_text(const std::vector<Hold>& holds) {
  std::string text;
  for (const auto& hold : holds)
    text += fmt::format("{} {}\n", hold.class_name, hold.length / std::chrono::milliseconds(1));
  return text;
}

void read_staller_journal(std::string_view text, history::ItemRecord& record) {
  if (!text.starts_with(kStallerHead)) return;
  record.staller_read = true;
  std::map<std::int64_t, history::ItemRedefinition> passed;
  for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string_view::npos;
       from = to + 1) {
    const auto words = words_of_line(text.substr(from, to - from));
    const auto first = words.size() > 1 ? number_of(words[1]) : std::nullopt;
    const auto second = words.size() > 2 ? number_of(words[2]) : std::nullopt;
    if (!first) continue;
    if (words[0] == "asked" && words.size() == 2 && record.asked.size() < kMostNoted)
      record.asked.push_back(time_from_ns(*first));
    if (words[0] == "enter" && words.size() == 4 && second && passed.size() < kMostNoted) {
      passed[*first].class_name = words[3];
      passed[*first].from = time_from_ns(*second);
    }
    if (words[0] == "leave" && words.size() == 3 && second && passed.contains(*first))
      passed[*first].to = time_from_ns(*second);
  }
  for (auto& [number, one] : passed) record.redefinitions.push_back(std::move(one));
  std::ranges::sort(record.asked);
  std::ranges::sort(record.redefinitions, {}, &history::ItemRedefinition::from);
}

}  // namespace bhsim::runner
