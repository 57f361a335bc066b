// The class-file parser and the variants on bytes from anywhere: what is read is written back the
// same, and every variant ends. First byte: which variant.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "framework/hotswap/class_file.hpp"
#include "framework/hotswap/variants.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto file = bhsim::hotswap::ClassFile::parse(bytes);
  if (file) {
    const auto again = file->write();
    if (!again || *again != bytes) std::abort();
  }
  const auto kinds = bhsim::hotswap::variant_kinds();
  const auto& kind = kinds[data[0] % kinds.size()];
  if (kind.name == "huge") return 0;  // 4 MiB a run
  const auto made =
      bhsim::hotswap::make_variant(bytes, {.kind = std::string(kind.name), .generation = 42});
  if (made && kind.valid && bhsim::hotswap::generation_of(*made) != 42) std::abort();
  return 0;
}
