#pragma once
// "Did you mean": the word of a list that is nearest to what was written.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bhsim {

// By edit distance (insert, delete, replace, swap of neighbours); nothing when no word is within a
// third of its length, or begins like it and is at least half or at most twice as long.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> words);

}  // namespace bhsim
