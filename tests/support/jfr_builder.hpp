#pragma once
// Flight recordings for tests, byte by byte: chunks of format 2 with types, constants and events of
// their own. What is written here is what framework/probes/jfr_chunk.hpp has to read.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace bhsim::test {

inline std::string jfr_integer(std::int64_t number) {
  auto left = static_cast<std::uint64_t>(number);
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    if (left < 0x80) return bytes += static_cast<char>(left);
    bytes += static_cast<char>(0x80U | (left & 0x7FU));
    left >>= 7U;
  }
  return bytes += static_cast<char>(left);
}

inline std::string jfr_text(std::string_view text) {
  return "\x03" + jfr_integer(static_cast<std::int64_t>(text.size())) + std::string(text);
}

class JfrBuilder {
 public:
  struct Field {
    std::string name;
    std::int64_t type = 0;
    bool pooled = false, array = false;
  };

  // 1,000,000,000 ticks a second, the first at `start_ns` since 1970.
  explicit JfrBuilder(std::int64_t start_ns) : start_ns_(start_ns) {}

  void type(std::int64_t id, std::string name, std::vector<Field> fields = {}) {
    types_.push_back({id, std::move(name), std::move(fields)});
  }
  // `content`: the fields, one after the other.
  void constant(std::int64_t type, std::int64_t key, const std::string& content) {
    constants_.push_back({type, key, content});
  }
  void event(std::int64_t type, const std::string& content) { events_ += framed(type, content); }
  void duration(std::int64_t ns) { duration_ns_ = ns; }

  [[nodiscard]] std::string build() const {
    constexpr std::size_t kHeader = 68;
    std::string body = events_;
    const auto constants_at = kHeader + body.size();
    std::string pools = jfr_integer(0) + jfr_integer(0) + jfr_integer(0) + '\0' +
                        jfr_integer(static_cast<std::int64_t>(constants_.size()));
    for (const auto& one : constants_)
      pools += jfr_integer(one.type) + jfr_integer(1) + jfr_integer(one.key) + one.content;
    body += framed(1, pools);
    const auto metadata_at = kHeader + body.size();
    body += framed(0, metadata());
    std::string header("FLR\0\0\2\0\1", 8);
    for (const auto number :
         {static_cast<std::int64_t>(kHeader + body.size()), static_cast<std::int64_t>(constants_at),
          static_cast<std::int64_t>(metadata_at), start_ns_, duration_ns_, std::int64_t{0},
          std::int64_t{1'000'000'000}})
      header += big_endian(static_cast<std::uint64_t>(number), 8);
    return header + big_endian(1, 4) + body;
  }

 private:
  struct Type {
    std::int64_t id;
    std::string name;
    std::vector<Field> fields;
  };
  struct Constant {
    std::int64_t type, key;
    std::string content;
  };

  static std::string big_endian(std::uint64_t number, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(number >> (8U * unsigned(i)));
    return text;
  }
  // The size counts itself: written in four bytes, as the JVM does.
  static std::string framed(std::int64_t type, const std::string& content) {
    const std::string rest = jfr_integer(type) + content;
    const auto size = rest.size() + 4;
    std::string bytes;
    for (unsigned i = 0; i < 4; ++i)
      bytes += static_cast<char>((size >> (7 * i) & 0x7FU) | (i < 3 ? 0x80U : 0U));
    return bytes + rest;
  }

  [[nodiscard]] std::string metadata() const {
    std::vector<std::string> words;
    const auto word = [&words](const std::string& text) {
      words.push_back(text);
      return jfr_integer(static_cast<std::int64_t>(words.size()) - 1);
    };
    const auto count = [](std::size_t n) { return jfr_integer(static_cast<std::int64_t>(n)); };
    std::string classes;
    for (const auto& type : types_) {
      classes += word("class") + count(2) + word("id") + word(std::to_string(type.id)) +
                 word("name") + word(type.name) + count(type.fields.size());
      for (const auto& field : type.fields) {
        classes += word("field") + count(4) + word("name") + word(field.name) + word("class") +
                   word(std::to_string(field.type)) + word("constantPool") +
                   word(field.pooled ? "true" : "false") + word("dimension") +
                   word(field.array ? "1" : "0") + count(0);
      }
    }
    const std::string tree = word("root") + count(0) + count(1) + word("metadata") + count(0) +
                             count(types_.size()) + classes;
    std::string texts;
    for (const auto& text : words) texts += jfr_text(text);
    return jfr_integer(0) + jfr_integer(0) + jfr_integer(1) + count(words.size()) + texts + tree;
  }

  const std::int64_t start_ns_;
  std::int64_t duration_ns_ = 0;
  std::vector<Type> types_;
  std::vector<Constant> constants_;
  std::string events_;
};

}  // namespace bhsim::test
