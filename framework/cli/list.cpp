#include <CLI/CLI.hpp>
#include <iostream>

#include "checks/check.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/config/loaders.hpp"
#include "framework/engine/client.hpp"
#include "framework/faults/host.hpp"

namespace bhsim::cli {
namespace {

void list_names(std::string_view title, config::Kind kind) {
  std::cout << title << ":";
  for (const auto& name : config::names(kind, resources_root())) std::cout << " " << name;
  std::cout << "\n";
}

void list_checks() {
  for (const auto& check : checks::all())
    std::cout << fmt::format("{:<8} {:<52} {}\n", check.id, check.title, check.source);
}

// What the engine that would be used offers.
faults::Host host_here(const std::string& url) {
  const auto endpoint = engine::discover(url, engine::process_environment());
  if (!endpoint) return {.engine_unknown = endpoint.error().message};
  const auto client = engine::Client::connect(*endpoint);
  if (!client) return {.engine_unknown = client.error().message};
  return faults::host_of(*client);
}

std::string parameters_of(const faults::FaultKind& kind) {
  std::string out;
  for (const auto& parameter : kind.told())
    out += fmt::format("{}{}{}", out.empty() ? " (" : ", ", parameter.name,
                       parameter.fallback.empty() ? "" : fmt::format(": {}", parameter.fallback));
  return out.empty() ? out : out + ")";
}

void list_faults(const std::string& url) {
  const auto host = host_here(url);
  for (const auto& kind : faults::fault_kinds()) {
    std::cout << fmt::format("{:<16} {}{}\n", kind.name, kind.title, parameters_of(kind));
    if (const auto why = kind.impossible(host))
      std::cout << fmt::format("{:<16} not here: {}\n", "", *why);
  }
  if (!host.engine_unknown.empty())
    std::cout << fmt::format("what the engine offers is not known: {}\n", host.engine_unknown);
}

void list_runs(const Path& out) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(out, ignored))
    if (std::filesystem::exists(entry.path() / "run.db"))
      std::cout << entry.path().string() << "\n";
}

int list(const std::string& what, const Path& out, const std::string& url) {
  if (what.empty() || what == "simulations") list_names("simulations", config::Kind::simulation);
  if (what.empty() || what == "loads") list_names("load profiles", config::Kind::load);
  if (what.empty() || what == "apps") list_names("applications", config::Kind::app);
  if (what.empty() || what == "agents") list_names("agents", config::Kind::agent);
  if (what.empty() || what == "thresholds") list_names("thresholds", config::Kind::thresholds);
  if (what == "checks") list_checks();
  if (what == "faults") list_faults(url);
  if (what == "runs") list_runs(out);
  if (what.empty()) std::cout << "more: bhsim list checks | faults | runs\n";
  return kPass;
}

}  // namespace

void add_list(CLI::App& command, int& exit_code) {
  auto what = std::make_shared<std::string>();
  auto out = std::make_shared<Path>("runs");
  command
      .add_option("WHAT", *what,
                  "One kind of thing; without it, all that can be named on the command line")
      ->check(CLI::IsMember(
          {"simulations", "loads", "apps", "agents", "thresholds", "checks", "faults", "runs"}));
  command.add_option("--out", *out, "Where run directories lie (default: runs)");
  auto url = std::make_shared<std::string>();
  command.add_option("--engine", *url,
                     "Of which to tell what faults it can do; otherwise as the docker client finds "
                     "it");
  command.callback([what, out, url, &exit_code] { exit_code = list(*what, *out, *url); });
}

}  // namespace bhsim::cli
