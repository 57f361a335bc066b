#pragma once
// New versions of a compiled class, good and bad, by patching its bytes: no compiler at run time.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"

namespace bhsim::hotswap {

// The string constant "bhsim-generation:17" in a swappable class is its generation.
constexpr std::string_view kMarker = "bhsim-generation:";

// One way to change a class, and what HotSpot 17 says when the change is redefined.
struct VariantKind {
  std::string_view name;    // as in plans: "valid", "truncated", "bad-magic", "schema-change" …
  bool valid = false;       // the JVM takes it
  int jvmti = 0;            // error code of RedefineClasses; 0: taken
  std::string_view throws;  // what Instrumentation.redefineClasses throws; empty: nothing
  std::string_view what;    // what was changed, for people
  // "half-written": the bytes are valid, but the file stands there half-written for a while.
  bool in_two_pieces = false;
};

// All of them; "valid" is the first.
std::span<const VariantKind> variant_kinds();
const VariantKind* find_variant(std::string_view name);

struct VariantSpec {
  std::string kind = "valid";
  std::int64_t generation = 0;
  std::string marker{kMarker};             // text before the digits
  std::optional<std::size_t> truncate_at;  // for "truncated"; absent: half of the bytes
};

// The variant's bytes. Every kind that stays parsable carries the generation too (where the
// marker's method is not the one deleted), so that an agent that takes a bad one is found out.
// Pure; the same arguments give the same bytes. Errors: usage: no such kind, or nothing would be
// cut off; protocol: not a class file; not_found: the class has no marker, or nothing that this
// kind could change; conflict: several markers, or one that no method loads (a `static final`
// field's: its readers have copies of their own).
Result<std::string> make_variant(std::string_view original, const VariantSpec& spec);

// Another class that has to lie on the class path for a kind to do what it says: "circular" needs
// one. It is no version of anything: it must be there before the variant, and is harmless after.
struct Companion {
  std::string class_name;
  std::string bytes;
};
Result<std::optional<Companion>> make_companion(std::string_view original, const VariantSpec& spec);

// The generation in the class's marker; not_found when there is none.
Result<std::int64_t> generation_of(std::string_view bytes, std::string_view marker = kMarker);

}  // namespace bhsim::hotswap
