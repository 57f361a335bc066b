#include "framework/load/ledger.hpp"

#include <algorithm>

namespace bhsim::load {

LedgerRecord ledger_record(std::uint64_t seed, std::uint32_t writer, std::uint64_t sequence,
                           std::size_t skus) {
  Random random(Random::mix(seed ^ 0x6c6564676572ULL) ^
                Random::mix((std::uint64_t{writer} << 40U) ^ sequence));
  LedgerRecord record;
  record.sku = static_cast<std::size_t>(random.below(skus));
  record.quantity = 1 + static_cast<int>(random.below(9));
  return record;
}

std::string writer_name(std::uint32_t writer) { return fmt::format("w{:02}", writer); }

Ledger::Ledger(std::uint64_t seed, std::uint32_t first_writer, std::uint32_t writers,
               std::vector<std::string> skus, std::size_t most_ranges)
    : seed_(seed),
      first_writer_(first_writer),
      skus_(std::move(skus)),
      most_ranges_(most_ranges),
      writers_(writers) {}

std::uint64_t Ledger::begin(std::uint32_t writer) {
  const std::lock_guard lock(mutex_);
  Writer& w = writers_[writer - first_writer_];
  w.outstanding = true;
  return w.next;
}

void Ledger::end(std::uint32_t writer, WriteFate fate) {
  const std::lock_guard lock(mutex_);
  Writer& w = writers_[writer - first_writer_];
  if (!w.outstanding) return;
  w.outstanding = false;
  const std::uint64_t sequence = w.next++;
  Range* last = w.ranges.empty() ? nullptr : &w.ranges.back();
  // With no room for another range, the last of the writer becomes open: evidence is lost, and
  // counted, but nothing is claimed that did not happen.
  if (last != nullptr && last->fate != fate && counts_.ranges >= most_ranges_) {
    const std::uint64_t length = last->last - last->first + 1;
    if (last->fate == WriteFate::acknowledged) {
      counts_.acknowledged -= length;
      last->acknowledged_through -= length;
    }
    if (last->fate == WriteFate::refused) counts_.refused -= length;
    if (last->fate != WriteFate::open) {
      counts_.open += length;
      counts_.weakened += length;
    }
    last->fate = WriteFate::open;
    if (fate != WriteFate::open) ++counts_.weakened;
    fate = WriteFate::open;
  }
  if (fate == WriteFate::acknowledged) ++counts_.acknowledged;
  if (fate == WriteFate::open) ++counts_.open;
  if (fate == WriteFate::refused) ++counts_.refused;
  const std::uint64_t one = fate == WriteFate::acknowledged ? 1 : 0;
  if (last != nullptr && last->fate == fate) {
    last->last = sequence;
    last->acknowledged_through += one;
    return;
  }
  const std::uint64_t before = last == nullptr ? 0 : last->acknowledged_through;
  w.ranges.push_back({sequence, sequence, before + one, fate});
  ++counts_.ranges;
}

std::optional<Ledger::Reference> Ledger::pick_acknowledged(Random& random) const {
  const std::lock_guard lock(mutex_);
  if (counts_.acknowledged == 0) return std::nullopt;
  const std::size_t start = static_cast<std::size_t>(random.below(writers_.size()));
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    const std::size_t at = (start + i) % writers_.size();
    const Writer& w = writers_[at];
    const std::uint64_t acknowledged = w.ranges.empty() ? 0 : w.ranges.back().acknowledged_through;
    if (acknowledged == 0) continue;
    const std::uint64_t nth = random.below(acknowledged);
    const auto range = std::upper_bound(
        w.ranges.begin(), w.ranges.end(), nth,
        [](std::uint64_t n, const Range& r) { return n < r.acknowledged_through; });
    // Counted from the end of its range, whose last record is number acknowledged_through - 1.
    const std::uint64_t sequence = range->last - (range->acknowledged_through - 1 - nth);
    return Reference{first_writer_ + static_cast<std::uint32_t>(at), sequence};
  }
  return std::nullopt;
}

bool Ledger::has_acknowledged() const {
  const std::lock_guard lock(mutex_);
  return counts_.acknowledged > 0;
}

LedgerCounts Ledger::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void Ledger::append_to(LedgerSnapshot& into) const {
  const std::lock_guard lock(mutex_);
  into.seed = seed_;
  into.skus = skus_;
  for (std::size_t i = 0; i < writers_.size(); ++i) {
    if (writers_[i].ranges.empty()) continue;
    LedgerSnapshot::Writer writer;
    writer.writer = first_writer_ + static_cast<std::uint32_t>(i);
    for (const Range& r : writers_[i].ranges) writer.ranges.push_back({r.first, r.last, r.fate});
    into.writers.push_back(std::move(writer));
  }
  into.counts.acknowledged += counts_.acknowledged;
  into.counts.open += counts_.open;
  into.counts.refused += counts_.refused;
  into.counts.ranges += counts_.ranges;
  into.counts.weakened += counts_.weakened;
}

}  // namespace bhsim::load
