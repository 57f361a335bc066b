// COMP · phase-9.2 section 9.2.7, "Compliance and Security Test".

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::SwapOutcome;
using nlohmann::json;

// --- COMP-01 -----------------------------------------------------------------------------------

using AuditKey =
    std::tuple<std::string, std::string, std::string>;  // class, SHA-256 after, outcome

struct Audit {
  std::set<AuditKey> lines;
  std::set<std::tuple<std::string, std::string, std::string>> with_before;  // class, after, before
};

Audit index(const History& history) {
  Audit audit;
  for (const auto& line : history.audit()) {
    audit.lines.insert({line.class_name, line.sha256_after, line.outcome});
    if (line.outcome == "swapped")
      audit.with_before.insert({line.class_name, line.sha256_after, line.sha256_before});
  }
  return audit;
}

// What is wrong with the audit of one swap; empty when nothing is, or when nobody can know.
std::string audit_gap(const Audit& audit, const Swap& swap) {
  const bool landed = swap.outcome == SwapOutcome::landed || swap.outcome == SwapOutcome::accepted;
  const bool refused = swap.outcome == SwapOutcome::refused;
  if (!landed && !refused) return "";
  const std::string outcome = landed ? "swapped" : "refused";
  if (!audit.lines.contains({swap.class_name, swap.sha256, outcome}))
    return fmt::format("no line '{}' for generation {} of {}", outcome, swap.generation,
                       swap.class_name);
  // The bytes before are known only when the write before it landed as well.
  if (landed && !swap.sha256_before.empty() &&
      !audit.with_before.contains({swap.class_name, swap.sha256, swap.sha256_before}) &&
      audit.with_before.contains({swap.class_name, swap.sha256, ""}))
    return fmt::format("the line for generation {} of {} lacks the SHA-256 before", swap.generation,
                       swap.class_name);
  return "";
}

bool audit_claimed(const Plan& plan) {
  return plan.agent.claims.audit || !plan.app.audit_file.empty();
}

// Why there is no audit log at all, where plan alone tells; else empty.
std::string no_audit_log(const Plan& plan) {
  if (plan.app.audit_file.empty())
    return fmt::format(
        " (the agent '{}' claims an audit log, but the contract says of none where it lies)",
        plan.agent.name);
  if (plan.agent.present() && !plan.agent.claims.audit)
    return fmt::format(" (the contract names {}, but the agent '{}' claims no audit log)",
                       plan.app.audit_file, plan.agent.name);
  return "";
}

// --- digests -----------------------------------------------------------------------------------

std::string text(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return "";
  return object[key].get<std::string>();
}

bool has_value(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return false;
  const auto& value = object[key];
  return !value.is_null() && !(value.is_string() && value.get<std::string>().empty()) &&
         !(value.is_structured() && value.empty());
}

}  // namespace

// COMP-01. Claimed by the agent's profile or located by the contract, and not to be found, is a
// failure: nobody could say afterwards what ran.
Verdict audit_log_complete(const Plan& plan, const History& history) {
  if (!audit_claimed(plan))
    return not_applicable("neither the contract nor the agent profile '{}' claims an audit log",
                          plan.agent.name);
  const auto audit = index(history);
  std::int64_t ended = 0;
  std::vector<std::string> gaps;
  for (const auto& swap : history.swaps()) {
    const bool counts = plan.agent.present() ? swap.outcome != SwapOutcome::unseen &&
                                                   swap.outcome != SwapOutcome::lost &&
                                                   swap.outcome != SwapOutcome::superseded
                                             : true;
    if (!counts) continue;
    ++ended;
    const auto gap = plan.agent.present()
                         ? audit_gap(audit, swap)
                         : fmt::format("generation {} of {} was delivered to nobody",
                                       swap.generation, swap.class_name);
    if (!gap.empty()) gaps.push_back(gap);
  }
  if (ended == 0) {
    if (!plan.agent.present())
      return not_applicable(
          "without an agent nothing was swapped, so that nothing was to be audited");
    if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
    return inconclusive("no swap came to an end that an audit log has to tell");
  }
  auto finding = compare(static_cast<double>(gaps.size()), limit_of(plan, "COMP-01"))
                     .samples(ended)
                     .evidence("audit")
                     .evidence("swap", "outcome IN ('landed', 'refused', 'accepted')");
  if (gaps.empty())
    return std::move(finding).because(
        "each of {} swaps and refusals is in the audit log ({} lines)", ended,
        history.audit().size());
  return std::move(finding).because("{} of {} swaps and refusals are not audited{}, first: {}",
                                    gaps.size(), ended, no_audit_log(plan), gaps.front());
}

// COMP-04. Configured, but not to be observed because nobody reports what is in force, is a
// failure.
Verdict configuration_in_force(const Plan& plan, const History& history) {
  if (plan.production.text.empty() && plan.production.sha256.empty())
    return not_applicable("the run was given no production configuration");
  const auto digests = history.fact(fact::kConfigInForce);
  if (!digests)
    return missing("fact 'config.in_force'", "the container's file has to be read back");
  const auto given = text(*digests, "given_sha256");
  if (given.empty()) return inconclusive("the fact 'config.in_force' lacks given_sha256");
  std::vector<std::string> differences;
  if (!plan.production.sha256.empty() && given != plan.production.sha256)
    differences.push_back("the file given is not the one of the plan");
  if (text(*digests, "mounted_sha256") != given)
    differences.push_back("the file in the container is not the one given");
  const auto reported = text(*digests, "reported_sha256");
  if (reported.empty() && !plan.agent.present())
    differences.emplace_back("there is no agent that obeys the configuration given");
  else if (reported.empty())
    differences.push_back(fmt::format(
        "the agent does not tell which configuration is in force{}",
        plan.agent.claims.configuration.empty() ? ", and claims to obey none of its keys" : ""));
  else if (reported != given)
    differences.push_back("the agent reports another configuration");
  auto finding = compare(static_cast<double>(differences.size()), limit_of(plan, "COMP-04"))
                     .samples(3)
                     .evidence("fact", "name = 'config.in_force'");
  if (!differences.empty()) return std::move(finding).because("{}", fmt::join(differences, "; "));
  return std::move(finding).because("given, mounted and reported are the same file ({:.12}…)",
                                    given);
}

// COMP-05. A class on disk that is not the class in the JVM comes alive at the next restart.
Verdict no_drift(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto drift = history.fact(fact::kDrift);
  if (!drift || !drift->is_array())
    return missing("fact 'drift'", "disk and JVM have to be compared at the end of the load");
  std::vector<std::string> drifted;
  std::int64_t unknown = 0;
  for (const auto& entry : *drift) {
    const auto disk = text(entry, "disk_sha256");
    const auto served = text(entry, "served_sha256");
    if (disk.empty() || served.empty())
      ++unknown;
    else if (disk != served)
      drifted.push_back(text(entry, "class"));
  }
  std::optional<std::string> gaps;
  if (drift->empty()) gaps = "the fact 'drift' holds no class";
  if (unknown > 0) gaps = fmt::format("of {} classes disk or JVM is not known", unknown);
  auto finding = compare(static_cast<double>(drifted.size()), limit_of(plan, "COMP-05"))
                     .samples(static_cast<std::int64_t>(drift->size()))
                     .evidence("fact", "name = 'drift'");
  if (!drifted.empty())
    return std::move(finding).because("on disk and in the JVM differ: {}",
                                      fmt::join(drifted, ", "));
  return std::move(finding)
      .because("all {} classes on disk are those that serve", drift->size())
      .unless(gaps);
}

// COMP-07. What it takes to do the same run again.
Verdict reproducible(const Plan& plan, const History& history) {
  const auto versions = history.fact(fact::kVersions);
  if (!versions || !versions->is_object())
    return missing("fact 'versions'", "the runner has to record what it ran with");
  std::vector<std::string> gaps;
  for (const char* key : {"bhsim", "agent", "jvm", "images", "seed"})
    if (!has_value(*versions, key)) gaps.push_back(fmt::format("'{}' is not recorded", key));
  if (has_value(*versions, "seed") && (*versions)["seed"].is_number() &&
      (*versions)["seed"].get<std::uint64_t>() != plan.seed)
    gaps.push_back("the seed recorded is not the plan's");
  if (has_value(*versions, "images") &&
      (*versions)["images"].dump().find("sha256:") == std::string::npos)
    gaps.push_back("no image is recorded by its digest");
  for (const auto name : {fact::kEngineVersion, fact::kPlan})
    if (!history.fact_text(name)) gaps.push_back(fmt::format("the fact '{}' lacks", name));
  auto finding = compare(static_cast<double>(gaps.size()), limit_of(plan, "COMP-07"))
                     .samples(7)
                     .evidence("fact", "name IN ('versions', 'engine.version', 'plan')");
  if (!gaps.empty()) return std::move(finding).because("{}", fmt::join(gaps, "; "));
  return std::move(finding).because("seed {}, versions and digests are recorded", plan.seed);
}

}  // namespace bhsim::checks
