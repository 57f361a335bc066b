#include "framework/report/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "framework/report/text.hpp"

namespace bhsim::report {

std::string painted(std::string_view text, std::string_view style, Colour colour) {
  return colour == Colour::on ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : std::string(text);
}

std::string_view style_of(checks::RunStatus status) {
  switch (status) {
    case checks::RunStatus::pass:
      return "1;32";
    case checks::RunStatus::fail:
      return "1;31";
    case checks::RunStatus::inconclusive:
    case checks::RunStatus::invalid:
      return "1;33";
  }
  return "1";
}

std::string_view style_of(checks::Status status) {
  switch (status) {
    case checks::Status::pass:
      return "1;32";
    case checks::Status::fail:
      return "1;31";
    case checks::Status::inconclusive:
    case checks::Status::waived:
      return "1;33";
    case checks::Status::not_applicable:
      return "2";
  }
  return "1";
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  const std::string margin(indent, ' ');
  std::string result = margin;
  std::size_t used = indent;
  bool first = true;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!first && columns > 0 && used + 1 + width(word) > columns) {
      result += "\n" + margin;
      used = indent;
      first = true;
    }
    result += (first ? "" : " ") + std::string(word);
    used += width(word) + (first ? 0 : 1);
    first = false;
  }
  return result + "\n";
}

int terminal_columns() {
  struct winsize size = {};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  return size.ws_col;
}

}  // namespace bhsim::report
