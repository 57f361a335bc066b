#pragma once
// The health command of the image: one GET, no shell, no curl.

#include <cstdint>
#include <string>

#include "framework/base/result.hpp"

namespace bhsim::helper {

// GET http://127.0.0.1:port/path; the status line's code, or an Error within `within_ns`.
Result<int> http_status(const std::string& path, std::uint16_t port, std::int64_t within_ns);

}  // namespace bhsim::helper
