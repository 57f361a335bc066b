#pragma once
// The 20 success criteria of phase 9.2: what shows each of them. Data; how they are judged is in
// assess.hpp.

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"

namespace bhsim::checks {

// A section of the document and the simulation that runs it, in the document's order.
struct Section {
  std::string_view simulation;
  std::string_view number;  // "9.2.3"
};
std::span<const Section> sections();

// What a run of each of these simulations has to show. Several words have blanks between them.
struct Demand {
  std::string_view simulations;
  std::string_view checks;  // ids
  Nanos least{};            // the shortest load that shows it; 0: whatever feeds the checks
};

enum class ShownBy { checks, tests, a_person };
// Whether its words hold a figure: a run whose limits are laxer than the document's shows nothing
// of such a criterion.
enum class Figure { none, in_text };

struct Criterion {
  std::string_view id;     // "overhead"; never changes meaning
  std::string_view group;  // "Performance Metrics"
  std::string_view text;   // the document's own words
  std::array<Demand, 2> demands{};
  ShownBy shown_by = ShownBy::checks;
  Figure figure = Figure::none;
};

// All 20, in the document's order. The explicit table: one entry a criterion.
std::span<const Criterion> criteria();

// The words of a text with blanks between them.
std::vector<std::string_view> words_of(std::string_view text);
// The checks that a criterion rests on, each once, in the order of its demands.
std::vector<std::string_view> checks_of(const Criterion& criterion);

// Checks that criteria rest on and that this version does not judge: such a criterion cannot pass.
// An id leaves this list when its check comes into the table.
std::span<const std::string_view> not_built_yet();

}  // namespace bhsim::checks
