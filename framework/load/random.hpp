#pragma once
// A small, fast, seeded generator whose sequence is the same on every platform (the standard
// distributions' are not): splitmix64.

#include <cmath>
#include <cstdint>

namespace bhsim::load {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9E3779B97F4A7C15ULL); }
  // [0, bound); 0 when bound is 0. The bias of at most bound / 2^64 does not matter here.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  // (0, 1]
  double unit() { return (static_cast<double>(next() >> 11U) + 1.0) * 0x1.0p-53; }
  // Exponential with mean 1.
  double exponential() { return -std::log(unit()); }

  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace bhsim::load
