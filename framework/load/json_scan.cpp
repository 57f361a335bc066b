#include "framework/load/json_scan.hpp"

namespace bhsim::load {
namespace {

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

bool JsonScanner::is_bare(std::string_view text) {
  JsonScanner scanner(text);
  JsonType type = JsonType::any;
  std::string_view raw;
  return !text.empty() && std::string_view("\"[{").find(text[0]) == std::string_view::npos &&
         scanner.value(type, raw, 0) && raw.size() == text.size();
}

void JsonScanner::skip_blanks() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
    ++at_;
  }
}

bool JsonScanner::word(std::string_view expected) {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

bool JsonScanner::string(std::string_view& content) {
  if (!take('"')) return false;
  const std::size_t begin = at_;
  while (at_ < text_.size()) {
    const char c = text_[at_++];
    if (c == '"') {
      content = text_.substr(begin, at_ - 1 - begin);
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return false;
    if (c != '\\') continue;
    if (at_ >= text_.size()) return false;
    const char escaped = text_[at_++];
    if (escaped == 'u') {
      for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ >= text_.size() || !is_hex(text_[at_])) return false;
      }
    } else if (std::string_view("\"\\/bfnrt").find(escaped) == std::string_view::npos) {
      return false;
    }
  }
  return false;
}

bool JsonScanner::digits() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
  return at_ > begin;
}

bool JsonScanner::number() {
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    if (!digits()) return false;
  }
  return true;
}

bool JsonScanner::array(int depth) {
  skip_blanks();
  if (take(']')) return true;
  do {
    skip_blanks();
    JsonType type = JsonType::any;
    std::string_view raw;
    if (!value(type, raw, depth)) return false;
    skip_blanks();
  } while (take(','));
  return take(']');
}

bool JsonScanner::object(int depth) {
  skip_blanks();
  if (take('}')) return true;
  do {
    skip_blanks();
    JsonType type = JsonType::any;
    std::string_view raw;
    if (!string(raw)) return false;
    skip_blanks();
    if (!take(':')) return false;
    skip_blanks();
    if (!value(type, raw, depth)) return false;
    skip_blanks();
  } while (take(','));
  return take('}');
}

bool JsonScanner::value(JsonType& type, std::string_view& raw, int depth) {
  if (depth >= kDeepest || at_ >= text_.size()) return false;
  const std::size_t begin = at_;
  bool valid = false;
  switch (text_[at_]) {
    case '"':
      type = JsonType::string;
      return string(raw);
    case '{':
      type = JsonType::object;
      ++at_;
      valid = object(depth + 1);
      break;
    case '[':
      type = JsonType::array;
      ++at_;
      valid = array(depth + 1);
      break;
    case 't':
    case 'f':
      type = JsonType::boolean;
      valid = text_[at_] == 't' ? word("true") : word("false");
      break;
    case 'n':
      type = JsonType::null;
      valid = word("null");
      break;
    default:
      type = JsonType::number;
      valid = number();
  }
  raw = text_.substr(begin, at_ - begin);
  return valid;
}

}  // namespace bhsim::load
