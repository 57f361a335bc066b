// From a name on the command line to a file below the resources root.

#include <algorithm>

#include "framework/base/cache.hpp"
#include "framework/base/nearest.hpp"
#include "framework/config/agent_jar.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

bool is_path(std::string_view name) {
  return name.find('/') != std::string_view::npos || name.ends_with(".yml") ||
         name.ends_with(".yaml");
}

// "hotswap-agent-1.4.1.jar" is named after the profile `hotswapagent` as well.
std::string bare(std::string_view name) {
  std::string out(name);
  std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
  return out;
}

Result<AgentProfile> profile_of_jar(const Path& root, const Path& jar) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(jar, ignored))
    return fail(ErrorCode::not_found, "--agent={}: there is no such file", jar.string());
  const std::string file = jar.filename().string();
  std::string best;
  for (const auto& name : names(Kind::agent, root))
    if (bare(file).starts_with(bare(name)) && name.size() > best.size()) best = name;
  if (best.empty())
    return fail(ErrorCode::config,
                "--agent={}: no agent profile has a name that '{}' begins with (there are {}); "
                "describe the agent in a "
                "profile with 'jar: {}' (docs/configuration.md) and give --agent=PROFILE.yml",
                jar.string(), file, fmt::join(names(Kind::agent, root), ", "), jar.string());
  BHSIM_ASSIGN(AgentProfile agent,
               load_agent_profile(root / folder_of(Kind::agent) / (best + ".yml")));
  agent.jar = jar.string();
  return agent;
}

}  // namespace

std::string_view folder_of(Kind kind) {
  switch (kind) {
    case Kind::simulation:
      return "simulations";
    case Kind::load:
      return "configs/load";
    case Kind::app:
      return "configs/apps";
    case Kind::agent:
      return "configs/agents";
    case Kind::thresholds:
      return "configs/thresholds";
  }
  return "";
}

std::string_view word_of(Kind kind) {
  switch (kind) {
    case Kind::simulation:
      return "simulation";
    case Kind::load:
      return "load profile";
    case Kind::app:
      return "contract";
    case Kind::agent:
      return "agent profile";
    case Kind::thresholds:
      return "thresholds file";
  }
  return "";
}

Result<Path> resolve(Kind kind, const Path& root, std::string_view name) {
  std::error_code ignored;
  if (is_path(name)) {
    if (std::filesystem::is_regular_file(name, ignored)) return Path(name);
    return fail(ErrorCode::not_found, "{}: there is no such file (wanted as {})", name,
                word_of(kind));
  }
  const Path folder = root / folder_of(kind);
  const Path file = folder / (std::string(name) + ".yml");
  if (is_plain_name(name) && std::filesystem::is_regular_file(file, ignored)) return file;
  const auto known = names(kind, root);
  if (known.empty())
    return fail(ErrorCode::not_found, "no {} '{}': there is none at all in {}", word_of(kind), name,
                folder.string());
  if (const auto close = nearest(name, known))
    return fail(ErrorCode::config, "no {} is called '{}'; did you mean '{}'?", word_of(kind), name,
                *close);
  return fail(ErrorCode::config, "no {} is called '{}'; there are {}", word_of(kind), name,
              fmt::join(known, ", "));
}

std::vector<std::string> names(Kind kind, const Path& root) {
  return names_in(root / folder_of(kind));
}

std::vector<std::string> names_in(const Path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".yml") out.push_back(entry.path().stem().string());
  std::sort(out.begin(), out.end());
  return out;
}

Result<AgentProfile> resolve_agent(const Path& root, std::string_view name) {
  if (name.ends_with(".jar")) return profile_of_jar(root, Path(name));
  BHSIM_ASSIGN(const Path file, resolve(Kind::agent, root, name));
  BHSIM_ASSIGN(AgentProfile agent, load_agent_profile(file));
  const bool wants_jar =
      std::any_of(agent.jvm.begin(), agent.jvm.end(),
                  [](const std::string& flag) { return flag.find("{jar}") != std::string::npos; });
  if (agent.jar.empty()) {
    if (!wants_jar || agent.name == kBundledAgent) return agent;
    return fail(ErrorCode::config,
                "{}: the agent '{}' needs its jar: give --agent=PATH.jar, or 'jar:' in the profile",
                file.string(), agent.name);
  }
  // What a profile's script fetches lies with this user; a relative jar lies beside its profile,
  // wherever bhsim was started.
  if (agent.jar.starts_with(kJarCache))
    agent.jar = (cache_folder() / agent.jar.substr(kJarCache.size())).string();
  else if (Path(agent.jar).is_relative())
    agent.jar = (file.parent_path() / agent.jar).lexically_normal().string();
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(agent.jar, ignored)) {
    const auto fetch = fetch_command(file);
    return fail(ErrorCode::not_found, "{}: jar: {} is not there{}", file.string(), agent.jar,
                fetch.empty() ? "" : "; this brings it: " + fetch);
  }
  return agent;
}

}  // namespace bhsim::config
