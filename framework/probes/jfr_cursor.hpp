#pragma once
// Reading bytes that nobody vouches for: a read beyond the end gives 0 and marks the cursor, which
// is asked once at the end of a unit. For this folder only.

#include <cstdint>
#include <cstring>
#include <string_view>

namespace bhsim::probes::jfr {

class Cursor {
 public:
  explicit Cursor(std::string_view bytes, std::size_t at = 0) : bytes_(bytes), at_(at) {
    if (at_ > bytes_.size()) fail();
    values_left_ = 4 * left() + 64;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return ok_ ? bytes_.size() - at_ : 0; }

  std::string_view take(std::uint64_t count) {
    if (count > left()) {
      fail();
      return {};
    }
    const auto piece = bytes_.substr(at_, count);
    at_ += count;
    return piece;
  }
  std::uint8_t byte() {
    const auto piece = take(1);
    return piece.empty() ? 0 : static_cast<std::uint8_t>(piece[0]);
  }
  // Big-endian, of a fixed size.
  template <typename T>
  T fixed() {
    std::uint64_t value = 0;
    for (const char c : take(sizeof(T))) value = value << 8U | static_cast<unsigned char>(c);
    return static_cast<T>(value);
  }
  double real32() {
    const auto bits = fixed<std::uint32_t>();
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  double real64() {
    const auto bits = fixed<std::uint64_t>();
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  // JFR's compressed integer: seven bits a byte, least first, of which a ninth byte has all eight.
  std::int64_t integer() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 56; shift += 7) {
      const std::uint64_t next = byte();
      value |= (next & 0x7FU) << shift;
      if ((next & 0x80U) == 0) return static_cast<std::int64_t>(value);
    }
    return static_cast<std::int64_t>(value | std::uint64_t{byte()} << 56U);
  }
  // To be asked before each value that may take no byte (a structure without fields): how many are
  // read is bounded by the bytes that there are, too.
  bool one_value_more() {
    if (ok_ && values_left_ > 0) {
      --values_left_;
      return true;
    }
    fail();
    return false;
  }
  // How many of something follow, each of which takes a byte at least.
  std::size_t count() {
    const auto number = integer();
    if (number >= 0 && static_cast<std::uint64_t>(number) <= left())
      return static_cast<std::size_t>(number);
    fail();
    return 0;
  }

 private:
  void fail() {
    ok_ = false;
    at_ = bytes_.size();
  }

  std::string_view bytes_;
  std::size_t at_;
  std::size_t values_left_ = 0;
  bool ok_ = true;
};

}  // namespace bhsim::probes::jfr
