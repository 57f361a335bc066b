#include "framework/base/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

namespace bhsim {
namespace {

struct DurationUnit {
  std::string_view name;
  std::int64_t ns;
};
// Longest names first, so that "ms" is not read as "m".
constexpr std::array<DurationUnit, 7> kUnits{{{"ns", 1},
                                              {"us", 1'000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"m", 60'000'000'000},
                                              {"h", 3'600'000'000'000},
                                              {"d", 86'400'000'000'000}}};
constexpr double kLongestNs = 4e18;  // about 126 years; keeps every sum inside int64

// Reads a plain decimal number at the front of `text` and cuts it off.
bool take_number(std::string_view& text, double& value) {
  const auto length = text.find_first_not_of("0123456789.");
  const auto digits = text.substr(0, length);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  text.remove_prefix(digits.size());
  return true;
}

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  const auto refuse = [text] {
    return fail(ErrorCode::config,
                "'{}' is not a duration; write for example 500ms, 5s, 10m, 4h or 1h30m", text);
  };
  std::string_view rest = text;
  double total = 0;
  if (rest.empty()) return refuse();
  while (!rest.empty()) {
    double number = 0;
    if (!take_number(rest, number)) return refuse();
    const DurationUnit* unit = nullptr;
    for (const auto& candidate : kUnits)
      if (rest.starts_with(candidate.name)) {
        unit = &candidate;
        break;
      }
    if (unit == nullptr) return refuse();
    rest.remove_prefix(unit->name.size());
    total += number * static_cast<double>(unit->ns);
    if (total > kLongestNs) return refuse();
  }
  return Nanos(std::llround(total));
}

Result<std::int64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const auto refuse = [text] {
    return fail(ErrorCode::config, "'{}' is not a size; write for example 64k, 512m or 4G", text);
  };
  if (!take_number(rest, number)) return refuse();
  double factor = 1;
  if (!rest.empty()) {
    constexpr std::string_view kPrefixes = "kmgt";
    const auto lower = static_cast<char>(rest[0] | 0x20);
    if (const auto power = kPrefixes.find(lower); power != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(power + 1));
      rest.remove_prefix(1);
    }
  }
  if (!rest.empty() && rest != "B" && rest != "b" && rest != "iB") return refuse();
  const double bytes = number * factor;
  if (bytes > 9e18) return refuse();
  return static_cast<std::int64_t>(std::llround(bytes));
}

Result<double> parse_rate(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const auto refuse = [text] {
    return fail(ErrorCode::config, "'{}' is not a rate; write for example 1000/s or 10/m", text);
  };
  if (!take_number(rest, number) || number <= 0) return refuse();
  if (rest == "/s") return number;
  if (rest == "/m") return number / 60;
  if (rest == "/h") return number / 3600;
  return refuse();
}

Result<double> parse_share(std::string_view text) {
  std::string_view rest = text;
  double number = 0;
  const auto refuse = [text] {
    return fail(ErrorCode::config, "'{}' is not a share; write for example 5% or 0.05", text);
  };
  if (!take_number(rest, number)) return refuse();
  if (rest == "%")
    number /= 100;
  else if (!rest.empty())
    return refuse();
  if (number < 0 || number > 1) return refuse();
  return number;
}

std::string format_duration(Nanos d) {
  const auto ns = d.count();
  if (ns < 0) return "-" + format_duration(-d);
  if (ns < 1'000) return fmt::format("{}ns", ns);
  if (ns < 1'000'000) return fmt::format("{:.3g}us", static_cast<double>(ns) / 1e3);
  if (ns < 1'000'000'000) return fmt::format("{:.3g}ms", static_cast<double>(ns) / 1e6);
  if (ns < 60'000'000'000) return fmt::format("{:.3g}s", static_cast<double>(ns) / 1e9);
  const auto seconds = (ns + 500'000'000) / 1'000'000'000;
  const auto h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;
  std::string out;
  if (h > 0) out += fmt::format("{}h", h);
  if (m > 0) out += fmt::format("{}m", m);
  if (s > 0 && h == 0) out += fmt::format("{}s", s);
  return out;
}

std::string format_size(std::int64_t bytes) {
  constexpr std::array<std::string_view, 5> kNames{"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t i = 0;
  while (std::abs(value) >= 1024 && i + 1 < kNames.size()) {
    value /= 1024;
    ++i;
  }
  if (i == 0 || std::abs(value) >= 100) return fmt::format("{:.0f} {}", value, kNames[i]);
  return fmt::format("{:.3g} {}", value, kNames[i]);
}

std::string format_wall(WallTime t) {
  const auto ns = to_ns(t);
  const std::time_t seconds = ns / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ns / 1'000'000 % 1000);
}

}  // namespace bhsim
