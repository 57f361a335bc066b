#include "framework/cli/command.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "framework/base/nearest.hpp"
#include "framework/cli/commands.hpp"

namespace bhsim::cli {
namespace {

Path own_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> table{
      {"run", add_run, "Run a simulation and judge it (default: production)"},
      {"check", add_check, "Judge a stored run again, offline"},
      {"report", add_report, "Write the reports of a stored run again, offline"},
      {"assess", add_assess, "Hold the newest runs against the 20 success criteria, offline"},
      {"load", add_load, "The load engine alone, against a URL"},
      {"list", add_list, "What there is: simulations, checks, faults, load profiles, agents, runs"},
      {"validate", add_validate, "Check YAML files, and say what they leave out"},
      {"doctor", add_doctor, "Say whether this machine and its engine can run a simulation"},
      {"image", add_image, "Build the images of the bundled application"},
      {"clean", add_clean, "Remove what killed runs left on the engine"},
      {"recover", add_recover, "After a crash: heal, clean up, seal, and judge what there is"},
      {"guard", add_guard, ""},
  };
  return table;
}

int exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::usage:
    case ErrorCode::config:
    case ErrorCode::not_found:
      return kUsage;
    case ErrorCode::engine:
    case ErrorCode::io:
    case ErrorCode::timeout:
    case ErrorCode::conflict:
    case ErrorCode::protocol:
    case ErrorCode::unsupported:
      return kEngine;
    case ErrorCode::cancelled:
      return kInterrupted;
    case ErrorCode::internal:
      return kInternal;
  }
  return kInternal;
}

int complain(std::string_view command, const Error& error) {
  std::cerr << "bhsim " << command << ": " << error.message << "\n";
  return exit_code(error);
}

Path resources_root() {
  if (const char* home = std::getenv("BHSIM_HOME"); home != nullptr) return home;
  // build/<preset>/bhsim lies two folders below the tree.
  return own_folder().parent_path().parent_path();
}

Path docker_root() {
  if (const char* docker = std::getenv("BHSIM_DOCKER"); docker != nullptr) return docker;
  return own_folder() / "docker";
}

Result<Path> find_run(std::string_view word, const Path& out) {
  if (std::filesystem::exists(Path(word) / "run.db")) return Path(word);
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(out, ignored))
    if (std::filesystem::exists(entry.path() / "run.db"))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  if (word == "last" && !names.empty()) return out / names.back();
  std::vector<std::string> matches;
  std::copy_if(names.begin(), names.end(), std::back_inserter(matches),
               [&](const std::string& name) { return name.starts_with(word); });
  if (matches.size() == 1) return out / matches.front();
  if (matches.size() > 1)
    return fail(ErrorCode::usage, "'{}' is the beginning of {} runs below {}; write more of the id",
                word, matches.size(), out.string());
  const auto near = nearest(word, names);
  return fail(ErrorCode::usage, "no run '{}' below {}{}", word, out.string(),
              near ? fmt::format("; did you mean {}?", *near)
                   : std::string("; name a run directory, a run id, or 'last'"));
}

}  // namespace bhsim::cli
