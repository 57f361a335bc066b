#include "framework/hotswap/marker.hpp"

#include <charconv>
#include <optional>

#include "framework/hotswap/bytecode.hpp"

namespace bhsim::hotswap {
namespace {

constexpr std::uint8_t kLdc = 0x12;
constexpr std::uint8_t kLdcW = 0x13;

std::optional<std::int64_t> generation_in(std::string_view text, std::string_view marker) {
  if (!text.starts_with(marker)) return std::nullopt;
  text.remove_prefix(marker.size());
  std::int64_t generation = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), generation);
  if (error != std::errc() || end != text.data() + text.size() || generation < 0) {
    return std::nullopt;
  }
  return generation;
}

// Whether an instruction of that code puts the constant on the stack.
bool loads(std::string_view code, std::uint16_t constant) {
  const auto all = instructions(code);
  if (!all) return false;
  const auto byte = [&](std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(code[at]));
  };
  for (const Instruction& instruction : *all) {
    const std::size_t at = instruction.offset;
    if (instruction.opcode == kLdc && byte(at + 1) == constant) return true;
    if (instruction.opcode == kLdcW && (byte(at + 1) << 8U | byte(at + 2)) == constant) return true;
  }
  return false;
}

bool loaded_by_a_method(const ClassFile& file, std::uint16_t constant) {
  for (const Member& method : file.methods) {
    for (const Attribute& attribute : method.attributes) {
      const auto name = file.text(attribute.name);
      if (!name || *name != "Code") continue;
      const auto range = code_range(attribute.content);
      if (!range) continue;
      const std::string_view content = attribute.content;
      if (loads(content.substr(range->begin, range->length), constant)) return true;
    }
  }
  return false;
}

std::string name_of(const ClassFile& file) {
  const auto name = file.class_name(file.this_class);
  return name ? std::string(*name) : "a class without a name";
}

}  // namespace

Result<Marker> find_marker(const ClassFile& file, std::string_view marker) {
  std::optional<Marker> found;
  for (std::size_t i = 1; i < file.pool.size(); ++i) {
    if (file.pool[i].tag != Tag::string) continue;
    const auto text = file.text(file.pool[i].first);
    const auto generation = text ? generation_in(*text, marker) : std::nullopt;
    if (!generation) continue;
    if (found) {
      return fail(ErrorCode::conflict,
                  "{} has more than one string constant '{}<digits>': one is needed", name_of(file),
                  marker);
    }
    found = Marker{static_cast<std::uint16_t>(i), *generation};
  }
  if (!found) {
    return fail(ErrorCode::not_found,
                "{} has no string constant '{}<digits>' that would say its generation",
                name_of(file), marker);
  }
  if (!loaded_by_a_method(file, found->string)) {
    return fail(ErrorCode::conflict,
                "the string constant '{}<digits>' of {} is loaded by no method: a 'static final' "
                "field is copied into its readers; use a string literal in a method",
                marker, name_of(file));
  }
  return *found;
}

Result<void> set_generation(ClassFile& file, std::string_view marker, std::int64_t generation) {
  BHSIM_ASSIGN(const Marker found, find_marker(file, marker));
  if (generation == found.generation) return {};
  BHSIM_ASSIGN(const std::uint16_t text, file.add_text(fmt::format("{}{}", marker, generation)));
  file.pool[found.string].first = text;
  return {};
}

}  // namespace bhsim::hotswap
