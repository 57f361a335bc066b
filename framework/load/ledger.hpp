#pragma once
// The client's memory of what it wrote: which writes were acknowledged, refused, or left open. A
// writer is a connection; it numbers its writes 1, 2, 3 … and has at most one outstanding, so its
// history is a list of runs of equal fate. What a record contains follows from (seed, writer,
// sequence), so nothing else is kept.
//
// The contract that verification relies on:
//   POST with {"writer":"w07","sequence":123,"sku":"SKU-0042","quantity":3}
//       2xx acknowledged · 409 a record of that number exists: left open · other 4xx refused for
//       good · 5xx, timeout, reset: left open, the record may exist or not
//   GET /ledger/{writer}?from=A&to=B   both inclusive → {"count":n, "digest":"…", "duplicates":d}
//       digest is SHA-256 (hex) over "writer,sequence,sku,quantity\n" of the existing records in
//       order of sequence

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/random.hpp"

namespace bhsim::load {

struct LedgerRecord {
  std::size_t sku = 0;  // index into the spec's skus
  int quantity = 1;     // 1 to 9
};
LedgerRecord ledger_record(std::uint64_t seed, std::uint32_t writer, std::uint64_t sequence,
                           std::size_t skus);
// "w07"
std::string writer_name(std::uint32_t writer);

enum class WriteFate : std::uint8_t { acknowledged, open, refused };

struct LedgerRange {
  std::uint64_t first = 0, last = 0;  // sequence numbers, both inclusive
  WriteFate fate = WriteFate::acknowledged;
};

struct LedgerCounts {
  std::uint64_t acknowledged = 0, open = 0, refused = 0;
  std::uint64_t ranges = 0;
  std::uint64_t weakened =
      0;  // kept as open though more was known: the bound on ranges was reached
};

// A copy that no longer changes; what verification works on.
struct LedgerSnapshot {
  std::uint64_t seed = 0;
  std::vector<std::string> skus;
  struct Writer {
    std::uint32_t writer = 0;
    std::vector<LedgerRange> ranges;  // dense from 1, in order
  };
  std::vector<Writer> writers;
  LedgerCounts counts;
};

// Written by one load thread, read by any: all calls are thread-safe. Writers are [first_writer,
// first_writer + writers).
class Ledger {
 public:
  struct Reference {
    std::uint32_t writer = 0;
    std::uint64_t sequence = 0;
  };

  Ledger(std::uint64_t seed, std::uint32_t first_writer, std::uint32_t writers,
         std::vector<std::string> skus, std::size_t most_ranges = 100'000);

  // Takes the next sequence number of a writer that has none outstanding.
  std::uint64_t begin(std::uint32_t writer);
  // Ends the outstanding one.
  void end(std::uint32_t writer, WriteFate fate);
  // An acknowledged write, evenly over writers and then over its writes; nothing while there is
  // none.
  std::optional<Reference> pick_acknowledged(Random& random) const;
  [[nodiscard]] bool has_acknowledged() const;
  [[nodiscard]] LedgerCounts counts() const;
  // Appends this ledger's writers to `into`.
  void append_to(LedgerSnapshot& into) const;

 private:
  struct Range {
    std::uint64_t first, last;
    std::uint64_t acknowledged_through;  // of this writer, this range included
    WriteFate fate;
  };
  struct Writer {
    std::vector<Range> ranges;
    std::uint64_t next = 1;
    bool outstanding = false;
  };
  const std::uint64_t seed_;
  const std::uint32_t first_writer_;
  const std::vector<std::string> skus_;
  const std::size_t most_ranges_;
  mutable std::mutex mutex_;
  std::vector<Writer> writers_;
  LedgerCounts counts_;
};

// --- verification

struct RangeAnswer {
  std::uint64_t count = 0;
  std::uint64_t duplicates = 0;
  std::string digest;
};
// Asks the target. An Error means that nothing is known about the range (the verification ends
// inconclusive).
using RangeFetch = std::function<Result<RangeAnswer>(std::string_view writer, std::uint64_t from,
                                                     std::uint64_t to)>;
// Reads the JSON of the contract above.
Result<RangeAnswer> parse_range_answer(std::string_view json);
// SHA-256 over the canonical lines of [from, to].
std::string range_digest(const LedgerSnapshot& ledger, std::uint32_t writer, std::uint64_t from,
                         std::uint64_t to);

enum class LedgerFault : std::uint8_t {
  lost,         // acknowledged, and not there
  altered,      // there, with other content than was written
  duplicated,   // there more than once
  resurrected,  // refused for good, and yet there
};
std::string_view to_string(LedgerFault fault);

struct LedgerFinding {
  LedgerFault fault = LedgerFault::lost;
  std::string writer;
  std::uint64_t sequence = 0;
};

struct LedgerReport {
  std::uint64_t acknowledged = 0;  // records that had to be there
  std::uint64_t open_found = 0;    // of the open ones, those that exist
  std::uint64_t open_missing = 0;
  std::uint64_t refused = 0;
  std::uint64_t lost = 0, altered = 0, duplicated = 0, resurrected = 0;
  std::uint64_t requests = 0;  // ranges asked for
  std::vector<LedgerFinding>
      findings;  // at most VerifyLimits::most_findings; the counts are complete
  [[nodiscard]] bool sound() const { return lost + altered + duplicated + resurrected == 0; }
};

struct VerifyLimits {
  std::uint64_t chunk = 10'000;  // records a request
  std::size_t most_findings =
      1'000;  // told one by one; beyond, whole ranges are counted without bisection
  std::uint64_t most_requests = 200'000;  // more is an Error
};

// Compares every range with what the target has; a mismatch is bisected to single records.
Result<LedgerReport> verify(const LedgerSnapshot& ledger, const RangeFetch& fetch,
                            std::stop_token stop = {}, const VerifyLimits& limits = {});

}  // namespace bhsim::load
