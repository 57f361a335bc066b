#pragma once
// What the side-car and its helper agree on (docs/sidecar.md): shared by both programs, so it needs
// nothing but the language.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "framework/base/result.hpp"

namespace bhsim::sidecar::protocol {

constexpr int kVersion = 1;
// One line in either direction, its end not counted; a file of 8 MiB in base64 fits.
constexpr std::size_t kMostLineBytes = 12U << 20U;
constexpr std::size_t kMostTailBytes = 1U << 20U;
constexpr std::size_t kMostAttachBytes = 4U << 20U;
constexpr std::size_t kMostEntries = 4096;
constexpr std::size_t kMostHalves = 8;
// Files that one order delivers together.
constexpr std::size_t kMostTogether = 64;

struct CodeName {
  ErrorCode code;
  std::string_view name;
};
// The kinds of failure that cross the wire; every other one is "io".
constexpr std::array<CodeName, 7> kCodes = {{{ErrorCode::usage, "usage"},
                                             {ErrorCode::io, "io"},
                                             {ErrorCode::timeout, "timeout"},
                                             {ErrorCode::not_found, "not_found"},
                                             {ErrorCode::conflict, "conflict"},
                                             {ErrorCode::protocol, "protocol"},
                                             {ErrorCode::unsupported, "unsupported"}}};

constexpr std::string_view code_name(ErrorCode code) {
  for (const CodeName& entry : kCodes) {
    if (entry.code == code) return entry.name;
  }
  return "io";
}

constexpr ErrorCode code_from(std::string_view name) {
  for (const CodeName& entry : kCodes) {
    if (entry.name == name) return entry.code;
  }
  return ErrorCode::io;
}

// Base64 with padding, RFC 4648 section 4.
inline std::string to_base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text.push_back(i + k <= bytes.size() ? digits[group >> (18U - 6U * k) & 63U] : '=');
    }
  }
  return text;
}

// Nothing when the text is not exactly what to_base64 makes.
inline std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t length = text.size();
  while (length > 0 && text.size() - length < 2 && text[length - 1] == '=') --length;
  std::string bytes;
  bytes.reserve(length / 4 * 3 + 2);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < length; ++i) {
    const char c = text[i];
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z') {
      digit = static_cast<std::uint32_t>(c - 'A');
    } else if (c >= 'a' && c <= 'z') {
      digit = static_cast<std::uint32_t>(c - 'a') + 26;
    } else if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0') + 52;
    } else if (c == '+') {
      digit = 62;
    } else if (c == '/') {
      digit = 63;
    } else {
      return std::nullopt;
    }
    group = (group << 6U | digit) & 0xffffffU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(group >> bits & 0xffU));
    }
  }
  if ((group & ((1U << bits) - 1U)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace bhsim::sidecar::protocol
