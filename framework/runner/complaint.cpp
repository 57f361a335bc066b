#include "framework/runner/complaint.hpp"

#include <algorithm>

#include "framework/config/vocabulary.hpp"
#include "framework/probes/log_lines.hpp"

namespace bhsim::runner {

std::string complaint_of(const config::Mistake& mistake, std::string_view output, bool started) {
  const auto name = std::string_view(mistake.key).substr(mistake.key.find('.') + 1);
  const bool known = std::ranges::find(config::kConfigurationKeys, mistake.key) !=
                     config::kConfigurationKeys.end();
  for (std::size_t from = 0; from < output.size();) {
    const auto to = std::min(output.find('\n', from), output.size());
    const auto line = output.substr(from, to - from);
    from = to + 1;
    if (line.find(name) == std::string_view::npos) continue;
    if (known && line.find(mistake.value) == std::string_view::npos) continue;
    if (!started || probes::level_of(line)) return std::string(line);
  }
  return "";
}

}  // namespace bhsim::runner
