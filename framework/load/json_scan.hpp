#pragma once
// Looks at the members of a JSON object without building anything: no allocation, one pass, strict
// grammar.

#include <cstddef>
#include <string_view>

#include "framework/load/spec.hpp"

namespace bhsim::load {

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text) {}

  // Calls f(key, type, raw) for each member of the top-level object; key and raw as they stand in
  // the text (a string's raw is without its quotes, escapes are not resolved). False when the text
  // is not one JSON object.
  template <typename F>
  bool members(F&& f) {
    skip_blanks();
    if (!take('{')) return false;
    skip_blanks();
    if (take('}')) return at_end();
    do {
      skip_blanks();
      std::string_view key;
      if (!string(key)) return false;
      skip_blanks();
      if (!take(':')) return false;
      skip_blanks();
      std::string_view raw;
      JsonType type = JsonType::any;
      if (!value(type, raw, 0)) return false;
      f(key, type, raw);
      skip_blanks();
    } while (take(','));
    return take('}') && at_end();
  }

  // Whether the text is one number, true, false or null, and nothing else.
  static bool is_bare(std::string_view text);

 private:
  static constexpr int kDeepest = 64;

  void skip_blanks();
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  bool word(std::string_view expected);
  bool string(std::string_view& content);
  bool digits();
  bool number();
  bool array(int depth);
  bool object(int depth);
  bool value(JsonType& type, std::string_view& raw, int depth);

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace bhsim::load
