#include "framework/runner/load_rows.hpp"

namespace bhsim::runner {

history::LoadSecond to_row(const load::SecondRecord& record, const load::LoadSpec& spec) {
  history::LoadSecond row;
  row.t = record.t0;
  row.operation = spec.operations[record.operation].name;
  row.planned = static_cast<std::int64_t>(record.planned);
  for (std::size_t i = 0; i < history::kOutcomes; ++i)
    row.outcomes[i] = static_cast<std::int64_t>(record.outcomes[i]);
  row.within_slo = static_cast<std::int64_t>(record.within_slo);
  row.blocked = static_cast<std::int64_t>(record.blocked);
  row.corrected = record.corrected.encode();
  row.uncorrected = record.uncorrected.encode();
  return row;
}

history::GeneratorSecond to_row(const load::GeneratorSecond& second) {
  history::GeneratorSecond row;
  row.t = second.t0;
  row.lag = second.lag.encode();
  row.lag_max = second.lag.max();
  row.cpu_share = second.cpu_share_max;
  row.wakeups = static_cast<std::int64_t>(second.wakeups);
  row.reconnects = static_cast<std::int64_t>(second.reconnects);
  return row;
}

history::Failure to_row(const load::Failure& failure, const load::LoadSpec& spec) {
  history::Failure row;
  row.t_planned = failure.t_planned;
  row.t_sent = failure.t_sent;
  row.t_done = failure.t_done;
  row.operation = spec.operations[failure.operation].name;
  row.outcome = static_cast<history::Outcome>(failure.outcome);
  row.status = failure.status;
  row.detail = failure.detail;
  return row;
}

}  // namespace bhsim::runner
