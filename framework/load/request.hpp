#pragma once
// An operation's request, compiled once; rendering one allocates nothing once `out` is warm.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/spec.hpp"
#include "framework/load/template.hpp"

namespace bhsim::load {

class CompiledRequest {
 public:
  static Result<CompiledRequest> compile(const LoadSpec& spec, const Operation& op);

  // Replaces `out` by the whole request, head and body. `scratch` holds the body meanwhile.
  void render(const RequestValues& values, const std::vector<std::string>& skus,
              std::string& scratch, std::string& out) const;
  [[nodiscard]] bool is_head() const { return is_head_; }
  // Slots of the captured values that it needs.
  [[nodiscard]] const std::vector<std::size_t>& captured() const { return captured_; }

 private:
  static Result<void> add_fields(const LoadSpec& spec, const Operation& op, Template& fields);

  std::string start_;  // "GET " and the target's path prefix
  Template path_;
  Template fields_;  // " HTTP/1.1", header fields, without the empty line at the end
  Template body_;
  bool has_body_ = false;
  bool is_head_ = false;
  std::vector<std::size_t> captured_;
  std::string constant_;  // the whole request, when nothing in it changes
};

}  // namespace bhsim::load
