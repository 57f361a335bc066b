#pragma once
// Times as the engine writes them: RFC 3339 with up to nine digits of a second. Pure.

#include <optional>
#include <string_view>

#include "framework/base/clock.hpp"

namespace bhsim::engine {

// "2026-11-25T02:11:04.123456789Z", "2026-11-25T03:11:04+01:00". Nothing for another text, and for
// the engine's zero time ("0001-01-01T00:00:00Z"), which means never.
std::optional<WallTime> parse_engine_time(std::string_view text);

}  // namespace bhsim::engine
