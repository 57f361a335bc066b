#pragma once
// High dynamic range histogram of durations: 1 ns to 1 h at three significant digits (every value
// is within 0.1 % of what was recorded), mergeable, and serialised as HdrHistogram's V2 compressed
// form, which the Java, C and Python libraries read (values are nanoseconds).
//
// Counts live in pages that are allocated when first touched: a second of latencies takes some 30
// KB. Not thread-safe.

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::stats {

class Histogram {
 public:
  static constexpr std::int64_t kHighestNs = 3'600'000'000'000;

  Histogram() = default;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;

  // Below 0 counts as 0; above one hour as one hour, and is counted by clipped().
  void record(Nanos value, std::uint64_t times = 1);
  void merge(const Histogram& other);
  // All counts become 0; the pages are kept, so that the next round allocates nothing.
  void clear();

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t clipped() const { return clipped_; }  // not serialised
  // Exact. 0 when empty.
  [[nodiscard]] Nanos min() const { return Nanos(count_ == 0 ? 0 : min_ns_); }
  [[nodiscard]] Nanos max() const { return Nanos(max_ns_); }
  // From the buckets' middles. 0 when empty.
  [[nodiscard]] Nanos mean() const;
  // The highest value equivalent to the one at or below which `percent` (0 to 100) of all recorded
  // lie; 0 when empty.
  [[nodiscard]] Nanos percentile(double percent) const;
  // How many recorded values are above `limit`, to the resolution of the buckets.
  [[nodiscard]] std::uint64_t count_above(Nanos limit) const;

  // HdrHistogram V2 compressed. min and max of a decoded one are those of its buckets.
  [[nodiscard]] std::string encode() const;
  static Result<Histogram> decode(std::string_view bytes);

  // The buckets that are not empty, as (index, count), and back; for serialisation.
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint64_t>> counts() const;
  void add_count(std::uint32_t index, std::uint64_t count);  // index below kCounts
  static constexpr std::size_t kCounts = std::size_t{33} * 1024;

  // Same counts in the same buckets.
  friend bool operator==(const Histogram& a, const Histogram& b);

 private:
  // The geometry of HdrHistogram for three digits: 2048 sub-buckets of 1 ns, then 1024 for each
  // doubling.
  static constexpr std::uint64_t kSubBuckets = 2048;
  static constexpr std::size_t kPageSize = 128;
  static constexpr std::size_t kPages = kCounts / kPageSize;
  using Page = std::array<std::uint64_t, kPageSize>;

  static std::size_t index_of(std::uint64_t ns);
  static std::uint64_t lowest_of(std::size_t index);
  static std::uint64_t width_of(std::size_t index);
  std::uint64_t& counter(std::size_t index);
  // Calls f(index, count) for every bucket that is not empty, in order of value.
  template <typename F>
  void for_each(F&& f) const;

  std::array<std::unique_ptr<Page>, kPages> pages_;
  std::bitset<kPages> touched_;  // pages that may hold counts
  std::uint64_t count_ = 0;
  std::uint64_t clipped_ = 0;
  std::int64_t min_ns_ = INT64_MAX;
  std::int64_t max_ns_ = 0;
};

// One line of a HdrHistogram log (format 1.3): times in seconds since `base`, values in
// nanoseconds. `tag` may be empty and has neither commas nor blanks.
std::string hlog_line(const Histogram& histogram, Nanos start, Nanos length, std::string_view tag);
// The lines in front of the first one; `base` is the wall time that starts are counted from.
std::string hlog_header(WallTime base);

}  // namespace bhsim::stats
