#include "framework/base/nearest.hpp"

#include <algorithm>
#include <vector>

namespace bhsim {
namespace {

// Optimal string alignment distance, three rows at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

// A word cut short or drawn out: "conn", "--output".
bool begins_alike(std::string_view a, std::string_view b) {
  const auto [shorter, longer] =
      std::minmax(a, b, [](std::string_view x, std::string_view y) { return x.size() < y.size(); });
  return longer.starts_with(shorter) && shorter.size() * 2 >= longer.size();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words) {
  const std::string* best = nullptr;
  std::size_t best_distance = 0;
  for (const auto& candidate : words) {
    const auto d = distance(word, candidate);
    const std::size_t near = std::max<std::size_t>(1, std::max(word.size(), candidate.size()) / 3);
    if (d > near && !begins_alike(word, candidate)) continue;
    if (best == nullptr || d < best_distance) {
      best = &candidate;
      best_distance = d;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace bhsim
