#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/base/files.hpp"
#include "framework/load/ledger.hpp"

namespace bhsim::load {
namespace {

// Walks the ranges of one snapshot. Every mismatch of a chunk is halved until single records are
// left.
class Verifier {
 public:
  Verifier(const LedgerSnapshot& ledger, const RangeFetch& fetch, const std::stop_token& stop,
           const VerifyLimits& limits)
      : ledger_(ledger), fetch_(fetch), stop_(stop), limits_(limits) {}

  Result<LedgerReport> run() {
    for (const LedgerSnapshot::Writer& writer : ledger_.writers) {
      writer_ = writer.writer;
      name_ = writer_name(writer.writer);
      for (const LedgerRange& range : writer.ranges) {
        for (std::uint64_t from = range.first; from <= range.last; from += limits_.chunk) {
          BHSIM_TRY(look(from, std::min(range.last, from + limits_.chunk - 1), range.fate));
        }
      }
    }
    return report_;
  }

 private:
  Result<void> look(std::uint64_t from, std::uint64_t to, WriteFate fate) {
    if (stop_.stop_requested()) return fail(ErrorCode::cancelled, "ledger: verification stopped");
    if (report_.requests >= limits_.most_requests) {
      return fail(ErrorCode::unsupported, "ledger: more than {} questions would be needed",
                  limits_.most_requests);
    }
    ++report_.requests;
    auto answer = fetch_(name_, from, to);
    if (!answer)
      return fail(answer.error().within(fmt::format("ledger: {} {} to {}", name_, from, to)));
    const std::uint64_t size = to - from + 1;
    if (answer->count == 0 && answer->duplicates == 0) {
      none_there(from, size, fate);
      return {};
    }
    const bool whole = answer->count == size && answer->duplicates == 0 &&
                       answer->digest == range_digest(ledger_, writer_, from, to);
    if (whole && fate != WriteFate::refused) {
      (fate == WriteFate::acknowledged ? report_.acknowledged : report_.open_found) += size;
      return {};
    }
    if (size == 1) {
      one_wrong(from, *answer, fate);
      return {};
    }
    if (report_.findings.size() >= limits_.most_findings) {
      by_counts(size, *answer, fate);
      return {};
    }
    const std::uint64_t middle = from + (size / 2) - 1;
    BHSIM_TRY(look(from, middle, fate));
    return look(middle + 1, to, fate);
  }

  void none_there(std::uint64_t from, std::uint64_t size, WriteFate fate) {
    if (fate == WriteFate::open) report_.open_missing += size;
    if (fate == WriteFate::refused) report_.refused += size;
    if (fate != WriteFate::acknowledged) return;
    report_.acknowledged += size;
    report_.lost += size;
    for (std::uint64_t i = 0; i < size && find(LedgerFault::lost, from + i); ++i) {
    }
  }

  // A single record that is there, and should not be, or is not as it was written.
  void one_wrong(std::uint64_t sequence, const RangeAnswer& answer, WriteFate fate) {
    if (fate == WriteFate::refused) {
      ++report_.refused;
      ++report_.resurrected;
      find(LedgerFault::resurrected, sequence);
      return;
    }
    (fate == WriteFate::acknowledged ? report_.acknowledged : report_.open_found) += 1;
    const bool twice = answer.duplicates > 0 || answer.count > 1;
    ++(twice ? report_.duplicated : report_.altered);
    find(twice ? LedgerFault::duplicated : LedgerFault::altered, sequence);
  }

  // Enough has been told one by one: what a whole chunk's counts prove, and at least one fault.
  void by_counts(std::uint64_t size, const RangeAnswer& answer, WriteFate fate) {
    if (fate == WriteFate::refused) {
      report_.refused += size;
      report_.resurrected += answer.count;
      return;
    }
    const std::uint64_t there = std::min(answer.count, size);
    if (fate == WriteFate::open) {
      report_.open_found += there;
      report_.open_missing += size - there;
    } else {
      report_.acknowledged += size;
      report_.lost += size - there;
    }
    report_.duplicated += answer.duplicates;
    if (there == size && answer.duplicates == 0) ++report_.altered;
  }

  bool find(LedgerFault fault, std::uint64_t sequence) {
    if (report_.findings.size() >= limits_.most_findings) return false;
    report_.findings.push_back({fault, name_, sequence});
    return true;
  }

  const LedgerSnapshot& ledger_;
  const RangeFetch& fetch_;
  const std::stop_token& stop_;
  const VerifyLimits& limits_;
  LedgerReport report_;
  std::uint32_t writer_ = 0;
  std::string name_;
};

}  // namespace

std::string_view to_string(LedgerFault fault) {
  switch (fault) {
    case LedgerFault::lost:
      return "lost";
    case LedgerFault::altered:
      return "altered";
    case LedgerFault::duplicated:
      return "duplicated";
    case LedgerFault::resurrected:
      return "resurrected";
  }
  return "unknown";
}

Result<RangeAnswer> parse_range_answer(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  const auto number = [&json](const char* name) {
    return json.contains(name) && json[name].is_number_unsigned();
  };
  if (!json.is_object() || !number("count") || !number("duplicates") || !json.contains("digest") ||
      !json["digest"].is_string()) {
    return fail(ErrorCode::protocol, "not {{count, digest, duplicates}}: {}", text.substr(0, 120));
  }
  return RangeAnswer{json["count"].get<std::uint64_t>(), json["duplicates"].get<std::uint64_t>(),
                     json["digest"].get<std::string>()};
}

std::string range_digest(const LedgerSnapshot& ledger, std::uint32_t writer, std::uint64_t from,
                         std::uint64_t to) {
  Sha256 digest;
  const std::string name = writer_name(writer);
  std::string lines;
  for (std::uint64_t sequence = from; sequence <= to; ++sequence) {
    const LedgerRecord record = ledger_record(ledger.seed, writer, sequence, ledger.skus.size());
    fmt::format_to(std::back_inserter(lines), "{},{},{},{}\n", name, sequence,
                   ledger.skus[record.sku], record.quantity);
    if (lines.size() > 8192) {
      digest.update(lines);
      lines.clear();
    }
  }
  digest.update(lines);
  return digest.hex();
}

Result<LedgerReport> verify(const LedgerSnapshot& ledger, const RangeFetch& fetch,
                            std::stop_token stop, const VerifyLimits& limits) {
  return Verifier(ledger, fetch, stop, limits).run();
}

}  // namespace bhsim::load
