#pragma once
// Durations, sizes, rates and shares as people write them, and back. Parsing is exact and total: a
// string is one of the forms named or an Error that says which forms there are.

#include <cstdint>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim {

// "250us" "500ms" "5s" "10m" "4h" "1h30m" "2d"; a bare number is refused, since its unit would be a
// guess. Not negative.
Result<Nanos> parse_duration(std::string_view text);
// "64k" "512m" "4G" or bytes; powers of 1024; k, m, g, t in either case, with or without "B" or
// "iB".
Result<std::int64_t> parse_size(std::string_view text);
// "1000/s" "10/m"; events a second. More than 0.
Result<double> parse_rate(std::string_view text);
// "5%" or "0.05" → 0.05; 0 to 1.
Result<double> parse_share(std::string_view text);

// The shortest exact-enough form for a reader: "4h", "1h30m", "2m5s", "12.3s", "4.8ms", "85us".
std::string format_duration(Nanos d);
// "231 MB", "55 MB", "12 KB": powers of 1024, three digits at most.
std::string format_size(std::int64_t bytes);
// "2026-11-25T02:11:04.123Z"
std::string format_wall(WallTime t);

}  // namespace bhsim
