#include "framework/load/spec.hpp"

#include <algorithm>
#include <set>

#include "framework/load/captures.hpp"
#include "framework/load/request.hpp"

namespace bhsim::load {
namespace {

constexpr double kHighestRate = 10'000'000;
constexpr int kMostConnections = 100'000;
constexpr int kMostThreads = 256;

bool safe_in_requests(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

Result<void> validate_arrivals(const LoadSpec& spec) {
  if (spec.duration <= Nanos(0)) return fail(ErrorCode::config, "load: duration must be above 0");
  if (spec.process == Process::closed) return {};
  if (spec.process == Process::replay) {
    if (!std::is_sorted(spec.replay.begin(), spec.replay.end())) {
      return fail(ErrorCode::config, "load: the starts to replay are not in order of time");
    }
    if (spec.replay.empty() || spec.replay.front() < Nanos(0)) {
      return fail(ErrorCode::config, "load: nothing to replay, or a start before 0");
    }
    return {};
  }
  const auto valid_rate = [](double r) { return r >= 0 && r <= kHighestRate; };
  if (!valid_rate(spec.rate_per_s) || (spec.rate_per_s == 0 && spec.stages.empty())) {
    return fail(ErrorCode::config, "load: rate {}/s is not above 0 and at most {}/s",
                spec.rate_per_s, kHighestRate);
  }
  for (const Stage& stage : spec.stages) {
    if (stage.length < Nanos(0) || !valid_rate(stage.rate_end_per_s)) {
      return fail(ErrorCode::config, "load: a stage of {} to {}/s is not possible",
                  to_seconds(stage.length), stage.rate_end_per_s);
    }
  }
  Nanos free_from{};
  for (const Spike& spike : spec.spikes) {
    if (spike.at < free_from || spike.length <= Nanos(0) || !valid_rate(spike.rate_per_s)) {
      return fail(ErrorCode::config,
                  "load: spikes must be in order, not overlap and have a length and a rate");
    }
    free_from = spike.at + spike.length;
  }
  return {};
}

Result<void> validate_data(const LoadSpec& spec) {
  std::set<std::string> names = {"captured"};
  for (const DataSet& set : spec.data) {
    if (!is_word(set.name) || set.table == nullptr || !names.insert(set.name).second) {
      return fail(
          ErrorCode::config,
          "load: data set \"{}\": a name is a word, stands once, is not 'captured', and has "
          "a table",
          set.name);
    }
  }
  return {};
}

Result<void> validate_operation(const LoadSpec& spec, std::size_t index) {
  const Operation& op = spec.operations[index];
  if (op.name.empty()) return fail(ErrorCode::config, "load: an operation has no name");
  if (!(op.weight > 0)) {
    return fail(ErrorCode::config, "load: operation {}: weight {} is not above 0", op.name,
                op.weight);
  }
  if (op.timeout.value_or(spec.timeout) <= Nanos(0)) {
    return fail(ErrorCode::config, "load: operation {}: timeout must be above 0", op.name);
  }
  if (op.expect.status < 100 || op.expect.status > 599) {
    return fail(ErrorCode::config, "load: operation {}: {} is not an HTTP status", op.name,
                op.expect.status);
  }
  const std::string what = fmt::format("load: operation {}", op.name);
  const auto compiled = CompiledRequest::compile(spec, op);
  if (!compiled) return fail(compiled.error().within(what));
  const auto captures = validate_captures(spec, index, compiled->captured());
  if (!captures) return fail(captures.error().within(what));
  return {};
}

}  // namespace

std::string Target::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return fmt::format("{}:{}", is_v6 ? "[" + host + "]" : host, port);
}

Result<void> validate(const LoadSpec& spec) {
  if (spec.target.port == 0) return fail(ErrorCode::config, "load: port 0 cannot be connected to");
  if (spec.operations.empty()) return fail(ErrorCode::config, "load: there is no operation");
  if (spec.connections < 1 || spec.connections > kMostConnections) {
    return fail(ErrorCode::config, "load: {} connections; 1 to {} are possible", spec.connections,
                kMostConnections);
  }
  if (spec.threads < 1 || spec.threads > std::min(kMostThreads, spec.connections)) {
    return fail(ErrorCode::config, "load: {} threads; 1 to {}, and not more than connections ({})",
                spec.threads, kMostThreads, spec.connections);
  }
  if (spec.timeout <= Nanos(0) || spec.slo <= Nanos(0) || spec.pacing.gap < Nanos(0)) {
    return fail(ErrorCode::config, "load: timeout and SLO must be above 0, pacing not below 0");
  }
  for (const std::string& sku : spec.skus) {
    if (!safe_in_requests(sku)) {
      return fail(ErrorCode::config,
                  "load: sku \"{}\": only letters, digits, '-', '_' and '.' are possible", sku);
    }
  }
  BHSIM_TRY(validate_arrivals(spec));
  std::set<std::string> names;
  bool writes = false;
  bool reads = false;
  BHSIM_TRY(validate_data(spec));
  for (std::size_t i = 0; i < spec.operations.size(); ++i) {
    const Operation& op = spec.operations[i];
    BHSIM_TRY(validate_operation(spec, i));
    if (!names.insert(op.name).second) {
      return fail(ErrorCode::config, "load: two operations are named {}", op.name);
    }
    writes = writes || op.ledger == LedgerRole::write;
    reads = reads || op.ledger == LedgerRole::read;
  }
  if (reads && !writes) {
    return fail(ErrorCode::config,
                "load: an operation reads from the ledger, but none writes to it");
  }
  return {};
}

std::vector<std::string> observed_classes(const LoadSpec& spec) {
  std::vector<std::string> classes;
  for (const Operation& op : spec.operations) {
    for (const VersionHeader& version : op.versions) {
      if (std::find(classes.begin(), classes.end(), version.class_name) == classes.end()) {
        classes.push_back(version.class_name);
      }
    }
  }
  return classes;
}

std::vector<std::string> captured_names(const LoadSpec& spec) {
  std::vector<std::string> names;
  for (const Operation& op : spec.operations) {
    for (const Capture& capture : op.captures) {
      if (std::find(names.begin(), names.end(), capture.name) == names.end())
        names.push_back(capture.name);
    }
  }
  return names;
}

}  // namespace bhsim::load
