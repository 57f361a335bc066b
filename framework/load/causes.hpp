#pragma once
// Why requests failed, counted by cause. Memory is bounded: causes beyond a thousand are left out.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "framework/load/engine.hpp"

namespace bhsim::load {

class FailureCauses {
 public:
  void add(const Failure& failure) {
    std::string cause = fmt::format("{}: {}", to_string(failure.outcome), failure.detail);
    const auto found = counts_.find(cause);
    if (found != counts_.end()) {
      ++found->second;
    } else if (counts_.size() < kMost) {
      counts_.emplace(std::move(cause), 1);
    }
  }

  // The most frequent first.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> top(std::size_t most) const {
    std::vector<std::pair<std::string, std::uint64_t>> all(counts_.begin(), counts_.end());
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    all.resize(std::min(all.size(), most));
    return all;
  }

  // A line each, the ten most frequent.
  [[nodiscard]] std::string render() const {
    std::string out;
    for (const auto& [cause, count] : top(10)) out += fmt::format("  {:>8} × {}\n", count, cause);
    return out;
  }

 private:
  static constexpr std::size_t kMost = 1000;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace bhsim::load
