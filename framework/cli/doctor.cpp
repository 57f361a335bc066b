#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/engine/client.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/runner/images.hpp"
#include "framework/runner/preflight.hpp"

namespace bhsim::cli {
namespace {

using runner::Finding;

void print(const Finding& finding) {
  const std::string_view mark = finding.level == Finding::Level::good      ? "ok     "
                                : finding.level == Finding::Level::warning ? "warning"
                                                                           : "bad    ";
  std::cout << mark << "  " << finding.what << (finding.todo.empty() ? "" : ": " + finding.todo)
            << "\n";
}

std::vector<Finding> examine_engine(const std::string& url) {
  const auto endpoint = engine::discover(url, engine::process_environment());
  if (!endpoint) return {{Finding::Level::bad, "engine", endpoint.error().message}};
  const auto client = engine::Client::connect(*endpoint);
  if (!client) return {{Finding::Level::bad, "engine", client.error().message}};
  std::vector<Finding> findings{runner::describe_engine(*client)};
  const auto left = faults::list_leftovers(*client, "");
  if (left && left->count() > 0)
    findings.push_back({Finding::Level::warning,
                        fmt::format("{} things of earlier runs are on the engine", left->count()),
                        "bhsim clean removes them, unless a run is going on"});
  return findings;
}

int doctor(const std::string& url, const Path& out) {
  auto findings = runner::examine(runner::this_machine(out), nullptr);
  for (auto& finding : examine_engine(url)) findings.push_back(std::move(finding));
  const auto sources = runner::image_sources(docker_root());
  for (const auto& path : {sources.rootfs, sources.classes, sources.helper})
    if (!std::filesystem::exists(path))
      findings.push_back({Finding::Level::bad, path.string() + " is missing",
                          "build first: ./scripts/bhsim does"});
  bool bad = false;
  for (const auto& finding : findings) {
    print(finding);
    bad |= finding.level == Finding::Level::bad;
  }
  return bad ? kEngine : kPass;
}

}  // namespace

void add_doctor(CLI::App& command, int& exit_code) {
  auto url = std::make_shared<std::string>();
  auto out = std::make_shared<Path>("runs");
  command.add_option("--engine", *url,
                     "unix:///…, tcp://…; otherwise as the docker client finds it");
  command.add_option("--out", *out, "Where run directories will lie (runs)");
  command.callback([url, out, &exit_code] { exit_code = doctor(*url, *out); });
}

}  // namespace bhsim::cli
