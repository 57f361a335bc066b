#include "docker/helper/args.hpp"

#include "framework/sidecar/protocol.hpp"

namespace bhsim::helper {

Result<std::string> Args::text(std::string_view name) const {
  const auto found = json_.find(name);
  if (found == json_.end() || !found->is_string()) {
    return fail(ErrorCode::usage, "argument '{}': a string is needed", name);
  }
  return found->get<std::string>();
}

std::string Args::text_or(std::string_view name, std::string_view fallback) const {
  auto value = text(name);
  return value ? std::move(*value) : std::string(fallback);
}

Result<std::int64_t> Args::number(std::string_view name, std::int64_t low,
                                  std::int64_t high) const {
  const auto found = json_.find(name);
  if (found == json_.end() || !found->is_number_integer()) {
    return fail(ErrorCode::usage, "argument '{}': a whole number is needed", name);
  }
  // A value above the signed range would turn negative.
  const bool too_large = found->is_number_unsigned() &&
                         found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t value = too_large ? INT64_MAX : found->get<std::int64_t>();
  if (value < low || value > high) {
    return fail(ErrorCode::usage, "argument '{}': {} is not within {} and {}", name, value, low,
                high);
  }
  return value;
}

Result<std::int64_t> Args::number_or(std::string_view name, std::int64_t low, std::int64_t high,
                                     std::int64_t fallback) const {
  if (!json_.contains(name)) return fallback;
  return number(name, low, high);
}

Result<std::string> Args::path(std::string_view name) const {
  auto value = text(name);
  if (!value) return value;
  if (value->empty() || value->front() != '/' || value->size() > 4095 ||
      value->find('\0') != std::string::npos) {
    return fail(ErrorCode::usage, "argument '{}': an absolute path is needed", name);
  }
  return value;
}

Result<std::string> Args::bytes(std::string_view name) const {
  auto value = text(name);
  if (!value) return value;
  auto decoded = sidecar::protocol::from_base64(*value);
  if (!decoded) return fail(ErrorCode::usage, "argument '{}': not base64", name);
  return std::move(*decoded);
}

}  // namespace bhsim::helper
