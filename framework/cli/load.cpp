#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/units.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/interrupt.hpp"
#include "framework/load/command.hpp"
#include "framework/runner/load_spec.hpp"

namespace bhsim::cli {
namespace {

struct LoadWords {
  load::LoadCommandOptions options;
  std::string duration = "10s", timeout = "2s", slo = "100ms", max_p99, max_errors, precision,
              ca_file, json, hlog, operations;
};

Result<load::LoadCommandOptions> read(const LoadWords& words) {
  load::LoadCommandOptions options = words.options;
  BHSIM_ASSIGN(options.duration, parse_duration(words.duration));
  BHSIM_ASSIGN(options.timeout, parse_duration(words.timeout));
  BHSIM_ASSIGN(options.slo, parse_duration(words.slo));
  if (!words.max_p99.empty()) {
    BHSIM_ASSIGN(options.max_p99, parse_duration(words.max_p99));
  }
  if (!words.max_errors.empty()) {
    BHSIM_ASSIGN(options.max_error_share, parse_share(words.max_errors));
  }
  if (!words.operations.empty()) {
    BHSIM_ASSIGN(options.mix, runner::read_operation_mix(words.operations));
  }
  if (!words.precision.empty()) {
    BHSIM_ASSIGN(options.precision, parse_share(words.precision));
  }
  options.ca_file = words.ca_file;
  options.json = words.json;
  options.hlog = words.hlog;
  options.live = ::isatty(STDERR_FILENO) != 0;
  return options;
}

int load_url(const LoadWords& words) {
  const auto options = read(words);
  if (!options) return complain("load", options.error());
  const Interrupt interrupt;
  const auto verdict =
      load::load_command(*options, system_clock(), std::cout, std::cerr, interrupt.token());
  if (!verdict) return complain("load", verdict.error());
  switch (*verdict) {
    case load::LoadVerdict::pass:
      return kPass;
    case load::LoadVerdict::fail:
      return kFail;
    case load::LoadVerdict::invalid:
      return kInconclusive;
    case load::LoadVerdict::interrupted:
      return kInterrupted;
  }
  return kInternal;
}

}  // namespace

void add_load(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<LoadWords>();
  auto& options = words->options;
  command.add_option("URL", options.url, "http://127.0.0.1:8080/path or https://…")->required();
  command.add_option("--rate", options.rate,
                     "1000/s, max for a closed loop, or search for the highest rate within "
                     "--max-p99 and --max-errors (search:FROM..TO)");
  command.add_option("--arrivals", options.arrivals,
                     "poisson, constant, stages:10s@500,10s@2000, spikes:…, replay:FILE");
  command.add_option("--connections", options.connections, "Open at most (50)");
  command.add_option("--threads", options.threads, "Load threads (1)");
  command.add_option("--duration", words->duration,
                     "10s, 5m …; of a search, of what is judged of each trial (10s)");
  command.add_option("--timeout", words->timeout, "From the send (2s)");
  command.add_option("--slo", words->slo, "Goodput: ok within this from the planned start (100ms)");
  command.add_option("--pacing", options.pacing,
                     "exact, or the least gap between wake-ups (100us)");
  command.add_option("--seed", options.seed, "Arrivals and template values follow from it (1)");
  command.add_option(
      "--operations", words->operations,
      "Operations, skus and data of this load profile (YAML) instead of one request; "
      "the URL stands in front of each path");
  command.add_option("--method", options.method, "GET, or POST when there is --data");
  command.add_option("-H,--header", options.headers, "Name: value");
  command.add_option("--data", options.data, "Body, a template; @FILE reads it");
  command.add_option("--expect", options.expect,
                     "status=201, body=TEXT, header=Name: value, json=field:number");
  command.add_option("--allow-target", options.allow_targets,
                     "A host besides loopback that may be loaded");
  command.add_option("--ca-file", words->ca_file,
                     "https: trust the authorities in this PEM file, not the system's");
  command.add_option("--server-name", options.server_name,
                     "https: the name that the certificate must be for (the URL's host)");
  command.add_flag("--insecure", options.insecure, "https: do not verify the certificate");
  command.add_option("--json", words->json, "Write the summary as JSON to this file");
  command.add_option("--hlog", words->hlog, "Write a HdrHistogram log to this file");
  command.add_option("--max-p99", words->max_p99,
                     "Fail when the p99 from the plan is above; a search keeps below it (--slo)");
  command.add_option("--max-errors", words->max_errors,
                     "Fail when the share of errors is above, 1% for example; a search keeps below "
                     "it (1%)");
  command.add_option("--precision", words->precision,
                     "Of a search: how near the answer is to the next rate that did not hold (5%)");
  command.callback([words, &exit_code] { exit_code = load_url(*words); });
}

}  // namespace bhsim::cli
