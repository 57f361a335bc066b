#pragma once
// Removes what a run created, going by its label and by nothing else.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::faults {

inline constexpr std::string_view kRunLabel = "bhsim.run";

// "container bhsim-…-app", "volume …", "network …", each with the run that it belongs to.
struct Leftover {
  enum class Kind { container, network, volume };
  Kind kind = Kind::container;
  std::string id, name, run;
};

// Of one run, or, with an empty id, of any.
Result<std::vector<Leftover>> leftovers(const engine::Client& engine, std::string_view run_id);

// Containers, then networks, then volumes; tried again until none is left, at most three rounds. What is gone already is no
// error. An Error names what stayed.
Result<int> remove_everything(const engine::Client& engine, std::string_view run_id);

}  // namespace bhsim::faults
