// Any bytes as a flight recording.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "framework/probes/jfr_chunk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace jfr = bhsim::probes::jfr;
  const auto chunk = jfr::Chunk::parse({reinterpret_cast<const char*>(data), size});
  if (!chunk) return 0;
  for (const auto* name : {"jdk.ExecutionSample", "jdk.GCPhasePause"}) {
    const auto* type = chunk->type(name);
    if (type == nullptr) continue;
    chunk->each(*type, [&](const jfr::Values& values) {
      for (std::size_t i = 0; i < values.size() && i < type->fields.size(); ++i)
        static_cast<void>(chunk->constant(type->fields[i].type, values[i].number()));
    });
  }
  return 0;
}
