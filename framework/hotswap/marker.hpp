#pragma once
// The string constant that says which generation a class is.

#include <cstdint>
#include <string_view>

#include "framework/base/result.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {

struct Marker {
  std::uint16_t string = 0;  // index of the string constant
  std::int64_t generation = 0;
};

// Errors as make_variant's.
Result<Marker> find_marker(const ClassFile& file, std::string_view marker);

// Gives the string constant a text of its own, so that whatever else uses the old text (an
// annotation, a name) keeps it.
Result<void> set_generation(ClassFile& file, std::string_view marker, std::int64_t generation);

}  // namespace bhsim::hotswap
