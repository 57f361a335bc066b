#pragma once
// An operation's request, compiled once into segments; rendering one allocates nothing once `out`
// is warm.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/ledger.hpp"
#include "framework/load/random.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

// What the placeholders of one request stand for.
struct RequestValues {
  std::uint64_t random_seed = 0;  // {sku} and {a..b} outside ledger writes follow from it
  std::uint32_t writer = 0;       // of the record written, or of the acknowledged one that is read
  std::uint64_t sequence = 0;
  LedgerRecord record;  // ledger writes
};

class Template {
 public:
  enum class Body { text, json };
  static Result<Template> compile(std::string_view text, LedgerRole role, Body kind);

  void render(const RequestValues& values, Random& random, const std::vector<std::string>& skus,
              std::string& out) const;
  [[nodiscard]] bool is_constant() const;

 private:
  enum class Kind : std::uint8_t { literal, sku, range, acknowledged, writer, sequence, quantity };
  struct Segment {
    Kind kind = Kind::literal;
    std::string text;                 // literal
    std::uint64_t low = 0, high = 0;  // range
  };
  static Result<Segment> placeholder(std::string_view name, LedgerRole role);
  std::vector<Segment> segments_;
};

class CompiledRequest {
 public:
  static Result<CompiledRequest> compile(const LoadSpec& spec, const Operation& op);

  // Replaces `out` by the whole request, head and body. `scratch` holds the body meanwhile.
  void render(const RequestValues& values, const std::vector<std::string>& skus,
              std::string& scratch, std::string& out) const;
  [[nodiscard]] bool is_head() const { return is_head_; }

 private:
  std::string start_;  // "GET " and the target's path prefix
  Template path_;
  std::string fields_;  // " HTTP/1.1", header fields, without the empty line at the end
  Template body_;
  bool has_body_ = false;
  bool is_head_ = false;
  std::string constant_;  // the whole request, when nothing in it changes
};

}  // namespace bhsim::load
