// What an engine sends: the frames of an attached stream give the same output however they are cut,
// and no tar stream leads outside of its bytes. First byte: where the frames are cut.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/engine/containers.hpp"
#include "framework/engine/tar.hpp"

namespace {

using namespace bhsim::engine;

struct Output {
  std::string out, err;
  bool ended_well = true, whole = false;
  bool operator==(const Output&) const = default;
};

Output demultiplex(std::string_view bytes, std::size_t piece) {
  Output output;
  Demultiplexer frames([&output](OutputStream stream, std::string_view text) {
    (stream == OutputStream::err ? output.err : output.out) += text;
    return true;
  });
  for (; !bytes.empty() && output.ended_well; bytes.remove_prefix(std::min(piece, bytes.size())))
    output.ended_well = frames.feed(bytes.substr(0, piece)).has_value();
  output.whole = output.ended_well && frames.whole();
  return output;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (demultiplex(bytes, 1 + data[0]) != demultiplex(bytes, bytes.size() + 1)) std::abort();
  constexpr std::size_t kMost = 1U << 20U;
  if (const auto entries = read_tar(bytes, kMost)) {
    std::size_t total = 0;
    for (const auto& entry : *entries)
      if (entry.type == TarEntry::Type::file) total += entry.content.size();
    if (total > kMost) std::abort();
  }
  return 0;
}
