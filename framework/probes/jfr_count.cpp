#include "framework/probes/jfr_count.hpp"

#include "framework/probes/jfr_chunk.hpp"

namespace bhsim::probes::jfr {

Result<std::map<std::string, std::int64_t>> count_events(std::string_view recording,
                                                         const std::vector<std::string>& names) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& name : names) counts[name] = 0;
  if (recording.empty()) return fail(ErrorCode::protocol, "the flight recording is empty");
  while (!recording.empty()) {
    BHSIM_ASSIGN(const auto chunk, Chunk::parse(recording));
    if (!chunk.whole()) return fail(ErrorCode::protocol, "the flight recording is cut short");
    for (auto& [name, count] : counts)
      if (const auto* type = chunk.type(name))
        chunk.each(*type, [&number = count](const Values&) { ++number; });
    recording.remove_prefix(static_cast<std::size_t>(chunk.header().size));
  }
  return counts;
}

}  // namespace bhsim::probes::jfr
