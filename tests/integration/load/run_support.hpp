#pragma once
// Runs a spec to its end and keeps what it told.

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/load/engine.hpp"
#include "test_server.hpp"

namespace bhsim::load {

struct Told {
  std::vector<SecondRecord> seconds;
  std::vector<GeneratorSecond> generator;
  std::vector<Failure> failures;
  Observations observations;
  Summary summary;
  LedgerSnapshot ledger;
};

// `during` is called about each 10 ms while the run lasts.
inline Told run_to_end(const LoadSpec& spec,
                       const std::function<void(Run&, std::stop_source&)>& during = {},
                       const LookUp& find = look_up) {
  Told told;
  BoundedQueue<Event> events(100'000);
  auto run = Run::create(spec, system_clock(), events, find);
  EXPECT_TRUE(run) << run.error().message;
  if (!run) return told;
  const auto stop = std::make_unique<std::stop_source>();
  EXPECT_TRUE((*run)->start(stop->get_token()));
  while (!events.closed_and_empty()) {
    if (during) during(**run, *stop);
    auto event = events.pop(std::chrono::milliseconds(10));
    if (!event) continue;
    if (auto* second = std::get_if<SecondRecord>(&*event))
      told.seconds.push_back(std::move(*second));
    if (auto* second = std::get_if<GeneratorSecond>(&*event))
      told.generator.push_back(std::move(*second));
    if (auto* failure = std::get_if<Failure>(&*event)) told.failures.push_back(std::move(*failure));
    if (auto* seen = std::get_if<Observations>(&*event)) {
      told.observations.insert(told.observations.end(), seen->begin(), seen->end());
    }
  }
  told.summary = (*run)->join();
  told.ledger = (*run)->ledger();
  return told;
}

inline LoadSpec spec_for(std::uint16_t port, double rate_per_s, Nanos duration) {
  LoadSpec spec;
  spec.target.port = port;
  spec.rate_per_s = rate_per_s;
  spec.duration = duration;
  spec.connections = 8;
  spec.process = Process::constant;
  Operation op;
  op.name = "request";
  spec.operations = {op};
  return spec;
}

// What must hold after every run, however it went.
inline void expect_accounted(const Told& told) {
  const Summary& s = told.summary;
  EXPECT_EQ(total(s.all.outcomes), s.all.planned);
  EXPECT_EQ(s.planned_by_pacer, s.all.planned);
  std::uint64_t planned = 0;
  OutcomeCounts outcomes{};
  Histogram corrected;
  Histogram uncorrected;
  for (const SecondRecord& second : told.seconds) {
    planned += second.planned;
    for (std::size_t i = 0; i < kOutcomes; ++i) outcomes[i] += second.outcomes[i];
    corrected.merge(second.corrected);
    uncorrected.merge(second.uncorrected);
    EXPECT_EQ(total(second.outcomes), second.planned);
  }
  EXPECT_EQ(planned, s.all.planned);
  EXPECT_EQ(outcomes, s.all.outcomes);
  EXPECT_EQ(corrected, s.all.corrected);
  EXPECT_EQ(uncorrected, s.all.uncorrected);
  EXPECT_EQ(told.failures.size() + s.failures_dropped + s.unsent_untold, errors(s.all.outcomes));
  for (const InvalidReason& reason : s.invalid) {
    EXPECT_NE(reason.kind, InvalidReason::Kind::unaccounted) << reason.text;
    EXPECT_NE(reason.kind, InvalidReason::Kind::events_lost) << reason.text;
  }
  EXPECT_TRUE(
      std::is_sorted(told.seconds.begin(), told.seconds.end(),
                     [](const SecondRecord& a, const SecondRecord& b) { return a.t0 < b.t0; }));
}

inline DataSet data_set(std::string name, std::string csv, Pick pick = Pick::random) {
  auto table = CsvTable::parse(std::move(csv), name + ".csv");
  EXPECT_TRUE(table) << table.error().message;
  return {std::move(name), pick, std::make_shared<const CsvTable>(*std::move(table))};
}

inline std::uint64_t count(const Told& told, Outcome outcome) {
  return at(told.summary.all.outcomes, outcome);
}

inline TestServer::Handler answering(std::string text) {
  return [text = std::move(text)](const TestRequest&, Wire& wire) { wire.send(text); };
}

}  // namespace bhsim::load
