#pragma once
// The arguments of one request, read with their types checked: an argument that lacks or is
// ill-typed is a usage error that names it.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"

namespace bhsim::helper {

using Json = nlohmann::json;

class Args {
 public:
  explicit Args(const Json& json) : json_(json) {}

  [[nodiscard]] Result<std::string> text(std::string_view name) const;
  [[nodiscard]] std::string text_or(std::string_view name, std::string_view fallback) const;
  [[nodiscard]] Result<std::int64_t> number(std::string_view name, std::int64_t low,
                                            std::int64_t high) const;
  // The fallback only when the argument is absent.
  [[nodiscard]] Result<std::int64_t> number_or(std::string_view name, std::int64_t low,
                                               std::int64_t high, std::int64_t fallback) const;
  // An absolute path, at most 4095 bytes, without a NUL.
  [[nodiscard]] Result<std::string> path(std::string_view name) const;
  // base64, decoded.
  [[nodiscard]] Result<std::string> bytes(std::string_view name) const;
  [[nodiscard]] const Json& json() const { return json_; }

 private:
  const Json& json_;
};

}  // namespace bhsim::helper
