#include "framework/probes/log_lines.hpp"

#include <algorithm>
#include <cctype>

namespace bhsim::probes {
namespace {

constexpr std::size_t kKeptOfLine = 2'000;
constexpr std::size_t kMostDump = 4U << 20U;
constexpr int kKeptFrames = 5;

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '$';
}

// A dotted class name that ends in "Exception" or "Error".
bool names_exception(std::string_view line) {
  for (const std::string_view ending : {"Exception", "Error"}) {
    for (auto at = line.find(ending); at != std::string_view::npos;
         at = line.find(ending, at + 1)) {
      const auto behind = at + ending.size();
      if (behind < line.size() && is_word_char(line[behind])) continue;
      auto from = at;
      while (from > 0 && is_word_char(line[from - 1])) --from;
      if (line.substr(from, at - from).find('.') != std::string_view::npos) return true;
    }
  }
  return false;
}

bool has_word(std::string_view line, std::string_view word) {
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const auto behind = at + word.size();
    const bool starts = at == 0 || !is_word_char(line[at - 1]);
    const bool ends = behind == line.size() || !is_word_char(line[behind]);
    if (starts && ends) return true;
  }
  return false;
}

void hide(std::string& text, const std::vector<std::string>& secrets) {
  constexpr std::string_view kHidden = "***";
  for (const auto& secret : secrets) {
    if (secret.empty()) continue;
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kHidden.size()))
      text.replace(at, secret.size(), kHidden);
  }
}

// What stands in front of the first character with a meaning of its own: "SWAPPED class=".
std::string literal_head(std::string_view pattern) {
  auto head = pattern.substr(0, pattern.find_first_of(R"(\^$.|?*+()[]{})"));
  // A quantifier belongs to the character before it.
  if (head.size() < pattern.size() &&
      std::string_view("?*{").find(pattern[head.size()]) != std::string_view::npos &&
      !pattern.substr(head.size()).starts_with("{class}") && !head.empty())
    head.remove_suffix(1);
  // Of alternatives no head stands in every line.
  return pattern.find('|') == std::string_view::npos ? std::string(head) : std::string();
}

}  // namespace

std::optional<std::string_view> level_of(std::string_view line) {
  if (is_stack_frame(line)) return std::nullopt;
  if (names_exception(line)) return "EXCEPTION";
  if (has_word(line, "ERROR") || has_word(line, "SEVERE") || has_word(line, "FATAL"))
    return "ERROR";
  if (has_word(line, "WARN") || has_word(line, "WARNING")) return "WARN";
  return std::nullopt;
}

bool is_stack_frame(std::string_view line) {
  const auto start = line.find_first_not_of(" \t");
  if (start == std::string_view::npos) return false;
  const auto text = line.substr(start);
  if (text.starts_with("Caused by: ") || text.starts_with("Suppressed: ")) return true;
  return start > 0 && (text.starts_with("at ") || text.starts_with("... "));
}

Result<AgentLines> AgentLines::create(const std::map<std::string, std::string>& patterns) {
  AgentLines lines;
  for (const auto& [name, text] : patterns) {
    std::string expression = text;
    constexpr std::string_view kClass = "{class}";
    if (const auto at = expression.find(kClass); at != std::string::npos)
      expression.replace(at, kClass.size(), R"([\w.$/]+)");
    try {
      lines.patterns_.push_back({literal_head(text), std::regex(expression, std::regex::optimize)});
    } catch (const std::regex_error& error) {
      return fail(ErrorCode::config, "log pattern '{}' of the agent's profile: {}", name,
                  error.what());
    }
  }
  return lines;
}

bool AgentLines::match(std::string_view line) const {
  line = line.substr(0, kKeptOfLine);  // std::regex recurses: a long line could exhaust the stack
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return line.find(pattern.literal) != std::string_view::npos &&
           std::regex_search(line.begin(), line.end(), pattern.expression);
  });
}

void LogSifter::feed(Time t, std::string_view line) {
  if (held_ && is_stack_frame(line)) {
    if (frames_++ >= kKeptFrames) return;
    held_->text += '\n';
    held_->text += line.substr(0, kKeptOfLine);
    return;
  }
  finish();
  const bool by_agent = rules_.agent != nullptr && rules_.agent->match(line);
  const auto level = level_of(line);
  if (!level && !by_agent) return;
  held_ = history::LogLine{.t = t,
                           .source = by_agent ? "agent" : rules_.source,
                           .level = std::string(level.value_or("INFO")),
                           .text = std::string(line.substr(0, kKeptOfLine))};
  frames_ = 0;
}

void LogSifter::finish() {
  if (!held_) return;
  hide(held_->text, rules_.secrets);
  take_(*std::exchange(held_, std::nullopt));
}

void DumpCollector::feed(std::string_view line) {
  if (line.starts_with("Full thread dump "))
    finish();
  else if (text_.empty())
    return;
  text_ += line;
  text_ += '\n';
  if (line.starts_with("  class space ") || text_.size() > kMostDump) finish();
}

void DumpCollector::finish() {
  if (!text_.empty()) take_(text_);
  text_.clear();
}

}  // namespace bhsim::probes
