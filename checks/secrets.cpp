#include "checks/secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace bhsim::checks {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool telling_name(std::string_view name) {
  // Whole words of the name: "token" is one in API_TOKEN, not in TOKENIZERS.
  static const std::regex words(
      "(^|[^a-z0-9])(passwd|password|passphrase|pwd|secret|token|apikey|api[_.-]?key|private[_.-]?"
      "key|"
      "access[_.-]?key|credentials?|auth)([^a-z0-9]|$)");
  const auto plain = lower(name);
  static const std::regex not_the_thing("([_.-]file|[_.-]path|[_.-]dir|[_.-]name|[_.-]id)$");
  return std::regex_search(plain, words) && !std::regex_search(plain, not_the_thing);
}

// A value under a telling name that can be no secret.
bool harmless(std::string_view value) {
  if (value.empty() || value.starts_with('/') || value.starts_with("${") || value.starts_with('{'))
    return true;
  const auto plain = lower(value);
  constexpr std::array<std::string_view, 8> kFlags = {"true", "false", "yes",  "no",
                                                      "on",   "off",   "none", "null"};
  if (std::ranges::find(kFlags, plain) != kFlags.end()) return true;
  return value.size() < 6 &&
         std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; });
}

struct Shape {
  std::regex pattern;
  const char* what;
};

std::optional<std::string> by_shape(std::string_view text) {
  static const std::array<Shape, 6> kShapes = {{
      {std::regex("-----BEGIN [A-Z ]*PRIVATE KEY-----"), "a private key"},
      {std::regex("(^|[^A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16}([^A-Z0-9]|$)"), "an AWS access key"},
      {std::regex("gh[pousr]_[A-Za-z0-9]{36}"), "a GitHub token"},
      {std::regex("xox[abprs]-[A-Za-z0-9-]{10,}"), "a Slack token"},
      {std::regex("eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}"),
       "a JSON web token"},
      {std::regex("[a-z][a-z0-9+.-]*://[^/\\s:@]+:[^/\\s:@]+@"), "a password in a URL"},
  }};
  const std::string copy(text);
  for (const auto& shape : kShapes)
    if (std::regex_search(copy, shape.pattern)) return shape.what;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> secret_in_assignment(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) return by_shape(assignment);
  const auto name = assignment.substr(0, equals);
  const auto value = assignment.substr(equals + 1);
  if (telling_name(name) && !harmless(value)) return "the secret " + std::string(name);
  return by_shape(value);
}

std::optional<std::string> secret_in_text(std::string_view text) {
  if (auto found = by_shape(text)) return found;
  static const std::regex assigned(
      "(?:^|[\\s;,\"'])(?:-D|--?)?([A-Za-z][A-Za-z0-9_.-]*)=([^\\s\"';,]+)");
  static const std::regex option(
      "(?:^|\\s)--?([A-Za-z][A-Za-z0-9_.-]*)\\s+([^\\s\"';,-][^\\s\"';,]*)");
  const std::string copy(text);
  for (const auto* pattern : {&assigned, &option})
    for (std::sregex_iterator it(copy.begin(), copy.end(), *pattern), end; it != end; ++it)
      if (telling_name((*it)[1].str()) && !harmless((*it)[2].str()))
        return "the secret " + (*it)[1].str();
  return std::nullopt;
}

}  // namespace bhsim::checks
