#include "containers.hpp"

#include <yaml-cpp/yaml.h>

#include <array>

#include "clean_run.hpp"
#include "framework/history/facts.hpp"
#include "recorded.hpp"

namespace bhsim::defects {
namespace {

namespace fact = history::fact;
using nlohmann::json;

json scalar(const YAML::Node& node) {
  const auto text = node.Scalar();
  if (node.Tag() == "!") return text;  // in quotes
  if (text == "true" || text == "false") return text == "true";
  std::int64_t number = 0;
  return YAML::convert<std::int64_t>::decode(node, number) ? json(number) : json(text);
}

json json_of(const YAML::Node& node) {
  if (!node || node.IsNull()) return nullptr;
  if (node.IsScalar()) return scalar(node);
  json value = node.IsSequence() ? json::array() : json::object();
  for (const auto& item : node) {
    if (node.IsSequence())
      value.push_back(json_of(item));
    else
      value[item.first.as<std::string>()] = json_of(item.second);
  }
  return value;
}

}  // namespace

std::vector<Violation> violations(const Path& containers_yml) {
  const auto document = YAML::LoadFile(containers_yml.string());
  std::vector<Violation> all;
  for (const auto& entry : document["containers"]) {
    Violation violation;
    violation.name = entry["violation"].as<std::string>();
    violation.create = json_of(document["base"]);
    if (entry["create"]) violation.create.merge_patch(json_of(entry["create"]));
    if (entry["dockerfile"]) violation.dockerfile = entry["dockerfile"].as<std::string>();
    violation.by_tag = entry["image"] && entry["image"].as<std::string>() == "tag";
    for (const auto& id : entry["must_be_red"]) violation.must_be_red.insert(id.as<std::string>());
    all.push_back(std::move(violation));
  }
  return all;
}

std::vector<std::string> complaints(const Facts& facts, const std::set<std::string>& must_be_red) {
  checks::CleanRun run;
  for (const auto& [name, document] : facts) run.facts[name] = document;
  return complaints(checks::judge(run).verdict, {must_be_red, {}});
}

Facts without_machine(const Facts& facts) {
  constexpr std::array kOfTheContainer = {"Config", "HostConfig", "Mounts", "Path", "Args"};
  Facts kept;
  for (const auto& [name, document] : facts) {
    if (name == fact::kContainerInspect) {
      for (const char* key : kOfTheContainer) kept[name][key] = document.at(key);
    } else if (name == fact::kEngineInfo) {
      kept[name]["SecurityOptions"] = document.at("SecurityOptions");
    } else {
      kept[name] = document;
    }
  }
  return kept;
}

}  // namespace bhsim::defects
