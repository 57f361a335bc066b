#pragma once
// Values that an operation takes from its response, for later requests of the same connection.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/http_parser.hpp"
#include "framework/load/json_scan.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

// What one connection has captured, by slot: an index into captured_names(spec). It outlives the
// socket, as a user's session does. A value keeps its memory when it is replaced.
class CapturedValues {
 public:
  static constexpr std::size_t kMostBytes = 4096;  // as the value stands in the response

  explicit CapturedValues(std::size_t names = 0) : values_(names) {}
  [[nodiscard]] bool has(std::size_t slot) const { return !values_[slot].empty(); }
  [[nodiscard]] std::string_view value(std::size_t slot) const { return values_[slot]; }
  void forget(std::size_t slot) { values_[slot].clear(); }
  // Keeps a header's value or a JSON string, number or boolean as text; forgets the slot when there
  // is nothing to keep: empty, too long, no scalar, or with a control character in it.
  void keep(std::size_t slot, JsonType type, std::string_view raw);
  void keep_header(std::size_t slot, std::string_view value);

 private:
  void drop_unusable(std::size_t slot);
  std::vector<std::string> values_;
};

// What an operation captures, compiled.
class CompiledCaptures {
 public:
  // Adds to `wanted` the headers that it needs to see. `names` are captured_names(spec).
  CompiledCaptures(const Operation& op, const std::vector<std::string>& names,
                   WantedHeaders& wanted);

  // Takes everything from a response that is as expected. False when something is not there: then
  // nothing of it is kept, neither new nor old.
  bool take(const ResponseParser& response, CapturedValues& into) const;
  // Says in a sentence why take() said false.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct One {
    std::size_t slot = 0;
    Capture::From from = Capture::From::json;
    std::string field;       // json
    std::size_t header = 0;  // index into the wanted headers
  };
  [[nodiscard]] bool take_json(std::string_view body, CapturedValues& into) const;

  std::vector<One> captures_;
  bool looks_at_body_ = false;
  std::string problem_;
};

// By slot, the operation that captures the value first.
std::vector<std::uint32_t> capturing_operations(const LoadSpec& spec);

// Of one operation, which uses the slots `used`: names and sources are possible, and whatever it
// needs is captured by an operation above it. So what a request needs first can be looked up step
// by step, and that ends.
Result<void> validate_captures(const LoadSpec& spec, std::size_t operation,
                               const std::vector<std::size_t>& used);

}  // namespace bhsim::load
