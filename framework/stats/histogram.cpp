#include "framework/stats/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace bhsim::stats {

Histogram::Histogram(const Histogram& other) { *this = other; }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this == &other) return *this;
  clear();
  merge(other);
  return *this;
}

std::size_t Histogram::index_of(std::uint64_t ns) {
  const std::size_t bucket =
      std::bit_width(ns | (kSubBuckets - 1)) - std::bit_width(kSubBuckets - 1);
  return bucket * (kSubBuckets / 2) + static_cast<std::size_t>(ns >> bucket);
}

std::uint64_t Histogram::width_of(std::size_t index) {
  const std::size_t half = kSubBuckets / 2;
  return index < kSubBuckets ? 1 : std::uint64_t{1} << (index / half - 1);
}

std::uint64_t Histogram::lowest_of(std::size_t index) {
  const std::size_t half = kSubBuckets / 2;
  if (index < kSubBuckets) return index;
  return static_cast<std::uint64_t>(index % half + half) << (index / half - 1);
}

std::uint64_t& Histogram::counter(std::size_t index) {
  const std::size_t page = index / kPageSize;
  if (!pages_[page]) pages_[page] = std::make_unique<Page>();
  touched_.set(page);
  return (*pages_[page])[index % kPageSize];
}

template <typename F>
void Histogram::for_each(F&& f) const {
  for (std::size_t page = 0; page < kPages; ++page) {
    if (!touched_.test(page)) continue;
    for (std::size_t i = 0; i < kPageSize; ++i) {
      if (const std::uint64_t count = (*pages_[page])[i]; count != 0) {
        f(page * kPageSize + i, count);
      }
    }
  }
}

void Histogram::record(Nanos value, std::uint64_t times) {
  if (times == 0) return;
  std::int64_t ns = std::max<std::int64_t>(value.count(), 0);
  if (ns > kHighestNs) {
    ns = kHighestNs;
    clipped_ += times;
  }
  counter(index_of(static_cast<std::uint64_t>(ns))) += times;
  count_ += times;
  min_ns_ = std::min(min_ns_, ns);
  max_ns_ = std::max(max_ns_, ns);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t page = 0; page < kPages; ++page) {
    if (!other.touched_.test(page)) continue;
    if (!pages_[page]) pages_[page] = std::make_unique<Page>();
    touched_.set(page);
    for (std::size_t i = 0; i < kPageSize; ++i) (*pages_[page])[i] += (*other.pages_[page])[i];
  }
  count_ += other.count_;
  clipped_ += other.clipped_;
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

void Histogram::clear() {
  for (std::size_t page = 0; page < kPages; ++page) {
    if (touched_.test(page)) pages_[page]->fill(0);
  }
  touched_.reset();
  count_ = 0;
  clipped_ = 0;
  min_ns_ = std::numeric_limits<std::int64_t>::max();
  max_ns_ = 0;
}

Nanos Histogram::mean() const {
  if (count_ == 0) return Nanos(0);
  double sum = 0;
  for_each([&sum](std::size_t index, std::uint64_t count) {
    const double middle =
        static_cast<double>(lowest_of(index)) + (static_cast<double>(width_of(index)) - 1) / 2;
    sum += middle * static_cast<double>(count);
  });
  return Nanos(std::llround(sum / static_cast<double>(count_)));
}

Nanos Histogram::percentile(double percent) const {
  if (count_ == 0) return Nanos(0);
  // One step down first: 99.9 % of 1000 is 999, not the 1000 that rounding errors would make of it.
  const double share = std::nextafter(std::clamp(percent, 0.0, 100.0), -1.0) / 100;
  const auto wanted =
      static_cast<std::uint64_t>(std::max(1.0, std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t page = 0; page < kPages; ++page) {
    if (!touched_.test(page)) continue;
    for (std::size_t i = 0; i < kPageSize; ++i) {
      seen += (*pages_[page])[i];
      if (seen < wanted) continue;
      const std::size_t index = page * kPageSize + i;
      const auto highest = static_cast<std::int64_t>(lowest_of(index) + width_of(index) - 1);
      return Nanos(std::min(highest, max_ns_));
    }
  }
  return Nanos(max_ns_);
}

std::uint64_t Histogram::count_above(Nanos limit) const {
  const auto ns =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(limit.count(), 0, kHighestNs));
  const std::size_t limit_index = index_of(ns);
  std::uint64_t above = 0;
  for_each([&](std::size_t index, std::uint64_t count) {
    if (index > limit_index) above += count;
  });
  return above;
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> Histogram::counts() const {
  std::vector<std::pair<std::uint32_t, std::uint64_t>> all;
  for_each([&all](std::size_t index, std::uint64_t count) {
    all.emplace_back(static_cast<std::uint32_t>(index), count);
  });
  return all;
}

void Histogram::add_count(std::uint32_t index, std::uint64_t count) {
  if (count == 0) return;
  counter(index) += count;
  count_ += count;
  min_ns_ = std::min(min_ns_, static_cast<std::int64_t>(lowest_of(index)));
  const auto highest = static_cast<std::int64_t>(lowest_of(index) + width_of(index) - 1);
  max_ns_ = std::max(max_ns_, std::min(highest, kHighestNs));
}

bool operator==(const Histogram& a, const Histogram& b) { return a.counts() == b.counts(); }

}  // namespace bhsim::stats
