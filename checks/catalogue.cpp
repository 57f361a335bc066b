// docs/checks.md, from the table.

#include "checks/check.hpp"
#include "checks/limits.hpp"

namespace bhsim::checks {
namespace {

std::string_view family_of(std::string_view id) { return id.substr(0, id.find('-')); }

std::string_view title_of(std::string_view family) {
  if (family == "BRK") return "Circuit breaker";
  if (family == "CFG") return "Configuration";
  if (family == "COMP") return "Compliance";
  if (family == "CONC") return "Concurrency";
  if (family == "HLTH") return "Health";
  if (family == "LOAD") return "Load";
  if (family == "MON") return "Monitoring";
  if (family == "PERF") return "Performance";
  if (family == "REL") return "Reliability";
  if (family == "RES") return "Resources";
  if (family == "ROLL") return "Rollback";
  if (family == "SEC") return "Security";
  return "Stability";
}

std::string limits_text(std::string_view id) {
  std::string text;
  for (const auto& limit : limit_specs()) {
    const bool own = limit.id == id || (limit.id.starts_with(id) && limit.id[id.size()] == '.');
    if (!own) continue;
    text += fmt::format("- Limit `{}`: {} {:.4g} {} ({})\n", limit.id, limit.relation, limit.value,
                        limit.unit, limit.meaning);
  }
  return text.empty() ? "- Limit: none; any finding is a failure\n" : text;
}

constexpr std::string_view kHead = R"(# The checks

<!-- Generated from checks/table.cpp and checks/limits.cpp: do not edit. A test (Catalogue, tests/unit/checks) holds it equal,
     and writes it anew with BHSIM_WRITE_DOCS=1 in its environment. -->

Each check is a pure function of the plan and the stored history, so that `bhsim check RUN` judges a run again at any time.
Its verdict is *pass*, *fail*, *inconclusive* (the evidence does not decide, with what lacks), *not applicable* (neither claimed
nor configured, with why) or *waived* (a failure that somebody answers for until a date), and carries value, limit, samples,
interval and where in the store the evidence lies. Missing evidence is never a pass. Sections are those of phase 9.2; CIS means the
CIS Docker Benchmark 1.6. Limits are defaults; `configs/thresholds/` and `--set limit.ID=VALUE` replace them.

Only the checks that a simulation requires decide a run, in this order: a failure that was counted (a lost write, a wrong
version, a crash), an invalid run (LOAD-06, rows of the store dropped, a fault that could not be undone), a failure that was estimated, an
inconclusive check or a fault that was not seen to act, and only then a pass. When a run was cut short, what it counted stands; of what was estimated nothing is
concluded.
)";

}  // namespace

std::string markdown_catalogue() {
  std::string text(kHead);
  std::string_view family;
  for (const auto& check : all()) {
    if (family_of(check.id) != family) {
      family = family_of(check.id);
      text += fmt::format("\n## {} ({})\n", title_of(family), family);
    }
    text += fmt::format("\n### {} · {}\n\n{}\n\n{}- Source: {}\n- When it fails: {}\n", check.id,
                        check.title, check.rule, limits_text(check.id), check.source,
                        check.remediation);
    if (check.basis == Basis::facts)
      text += "- Holds for a run that was cut short, where its evidence was taken\n";
  }
  return text;
}

}  // namespace bhsim::checks
