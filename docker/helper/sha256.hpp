#pragma once
// SHA-256 (FIPS 180-4). Of its own, because a static libcrypto would make the helper ten times as
// large.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bhsim::helper {

class Sha256 {
 public:
  void update(std::string_view bytes);
  std::string hex();  // ends the digest; call once

 private:
  void block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> rest_{};
  std::size_t rest_length_ = 0;
  std::uint64_t length_ = 0;
};

}  // namespace bhsim::helper
