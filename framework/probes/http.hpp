#pragma once
// One question over HTTP/1.1 with one hard deadline for all of it: connecting, asking, the whole
// answer. A connection of its own each time, as a new client would have it; nothing is reused that
// the server may just be closing.

#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::probes {

struct HttpAnswer {
  int status = 0;
  std::string body;
};
constexpr std::size_t kMostAnswerBytes = 4U << 20U;

// GET of `path` on 127.0.0.1. Errors: timeout; io: refused or cut off; protocol: no HTTP, or more
// than kMostAnswerBytes.
Result<HttpAnswer> http_get(int port, const std::string& path, Nanos patience, const Clock& clock);

// The answer in these bytes. nullopt-like: ErrorCode::conflict while it is not whole. `ended`: the
// server sends no more. Pure.
Result<HttpAnswer> parse_http_answer(std::string_view bytes, bool ended);

}  // namespace bhsim::probes
