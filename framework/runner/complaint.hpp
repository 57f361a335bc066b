#pragma once
// How an agent's complaint of a wrong configuration is told from its other words. Pure.

#include <string>
#include <string_view>

#include "framework/config/mistakes.hpp"

namespace bhsim::runner {

// The first line of the output that complains of the mistake: it names the key and, of a key that
// there is, the wrong value. Where the application has started all the same, the line must be a
// warning or an error as well: an agent may list what it has read, and obey something else. Empty
// without such a line.
std::string complaint_of(const config::Mistake& mistake, std::string_view output, bool started);

}  // namespace bhsim::runner
