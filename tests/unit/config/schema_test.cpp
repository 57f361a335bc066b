// The schemas are for editors; the loaders decide. Held together here: the shipped files conform,
// and a schema and its loader know the same keys and words.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"
#include "framework/faults/catalogue.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using nlohmann::json;

json schema_of(std::string_view name) {
  return json::parse(*read_file(kRoot / "configs/schema" / fmt::format("{}.schema.json", name)));
}

// As much of JSON Schema as our schemas use; whatever else stands in one fails the test.
class Conformance {
 public:
  std::vector<std::string> complaints;

  void check(const YamlNode& node, const json& schema, const std::string& at) {
    for (const auto& [word, value] : schema.items()) {
      static const std::vector<std::string> known{"$schema",
                                                  "title",
                                                  "description",
                                                  "type",
                                                  "additionalProperties",
                                                  "properties",
                                                  "patternProperties",
                                                  "required",
                                                  "enum",
                                                  "pattern",
                                                  "items",
                                                  "anyOf",
                                                  "minimum",
                                                  "maximum",
                                                  "exclusiveMinimum"};
      if (std::find(known.begin(), known.end(), word) == known.end())
        complain(at, "the schema says '" + word + "'");
    }
    if (schema.contains("anyOf")) check_any(node, schema["anyOf"], at);
    if (schema.contains("enum")) {
      const auto& words = schema["enum"];
      if (std::find(words.begin(), words.end(), json(node.text)) == words.end())
        complain(at, "not in enum");
    }
    if (schema.contains("type")) check_type(node, schema["type"], at);
    if (schema.contains("pattern") &&
        !std::regex_search(node.text, std::regex(schema["pattern"].get<std::string>())))
      complain(at, "pattern: " + node.text);
    if (schema.contains("items"))
      for (const auto& item : node.items) check(item, schema["items"], at + "[]");
    if (node.kind == YamlKind::mapping) check_mapping(node, schema, at);
  }

 private:
  void complain(const std::string& at, const std::string& what) {
    complaints.push_back(at + ": " + what);
  }

  void check_any(const YamlNode& node, const json& schemas, const std::string& at) {
    for (const auto& schema : schemas) {
      Conformance one;
      one.check(node, schema, at);
      if (one.complaints.empty()) return;
    }
    complain(at, "none of anyOf");
  }

  void check_type(const YamlNode& node, const json& types, const std::string& at) {
    const auto fits = [&node](const std::string& type) {
      if (type == "object") return node.kind == YamlKind::mapping;
      if (type == "array") return node.kind == YamlKind::sequence;
      if (node.kind != YamlKind::scalar) return false;
      static const std::regex number("-?[0-9]+(\\.[0-9]+)?"), integer("-?[0-9]+");
      if (type == "integer") return !node.quoted && std::regex_match(node.text, integer);
      if (type == "number") return !node.quoted && std::regex_match(node.text, number);
      if (type == "boolean") return !node.quoted && (node.text == "true" || node.text == "false");
      return type == "string" && (node.quoted || !std::regex_match(node.text, number));
    };
    if (types.is_string() ? !fits(types) : std::none_of(types.begin(), types.end(), fits))
      complain(at, "type: expected " + types.dump());
  }

  void check_mapping(const YamlNode& node, const json& schema, const std::string& at) {
    for (const auto& [key, value] : node.entries) {
      const std::string here = at + "." + key.text;
      if (schema.contains("properties") && schema["properties"].contains(key.text)) {
        check(value, schema["properties"][key.text], here);
        continue;
      }
      bool matched = false;
      if (schema.contains("patternProperties"))
        for (const auto& [pattern, inner] : schema["patternProperties"].items()) {
          if (!std::regex_search(key.text, std::regex(pattern))) continue;
          check(value, inner, here);
          matched = true;
        }
      if (matched || !schema.contains("additionalProperties")) continue;
      const auto& more = schema["additionalProperties"];
      if (more.is_object())
        check(value, more, here);
      else if (!more.get<bool>())
        complain(here, "unknown key");
    }
    if (!schema.contains("required")) return;
    for (const auto& key : schema["required"]) {
      const bool there = std::any_of(
          node.entries.begin(), node.entries.end(),
          [&key](const auto& entry) { return entry.key.text == key.get<std::string>(); });
      if (!there) complain(at, "lacks " + key.get<std::string>());
    }
  }
};

std::vector<std::string> complaints_of(const Path& file, std::string_view schema) {
  Conformance conformance;
  const auto tree = parse_yaml(*read_file(file), file.string());
  if (!tree) return {tree.error().message};
  conformance.check(*tree, schema_of(schema), file.filename().string());
  return conformance.complaints;
}

TEST(Schema, ShippedFiles_Conform) {
  const std::vector<std::pair<const char*, const char*>> folders{
      {"simulations", "simulation"},
      {"configs/load", "load"},
      {"configs/apps", "app"},
      {"configs/agents", "agent"},
      {"configs/thresholds", "thresholds"}};
  for (const auto& [folder, schema] : folders)
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder))
      EXPECT_EQ(complaints_of(entry.path(), schema), std::vector<std::string>{});
  for (const auto* name : {"production", "performance", "load-test", "stability", "error-test"})
    EXPECT_EQ(
        complaints_of(kRoot / "configs" / fmt::format("{}-config.yml", name), "production-config"),
        std::vector<std::string>{})
        << name;
}

// A loader lists its keys when it is given one that is near to none of them.
std::vector<std::string> keys_by(const std::string& error) {
  static const std::string mark = "; known are ";
  std::vector<std::string> keys;
  const auto line = error.find("unknown key 'qqqqqqqqqqqqqqqqqqqqqqqq'");
  if (line == std::string::npos) return keys;
  auto at = error.find(mark, line);
  const auto end = std::min(error.find('\n', line), error.size());
  if (at == std::string::npos) return keys;
  at += mark.size();
  while (at < end) {
    const auto comma = std::min(error.find(", ", at), end);
    keys.push_back(error.substr(at, comma - at));
    at = comma + 2;
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> keys_of(const json& schema) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : schema["properties"].items()) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(Schema, TopLevelKeys_AreThoseOfTheLoader) {
  const std::string text = "qqqqqqqqqqqqqqqqqqqqqqqq: 1\n";
  EXPECT_EQ(keys_of(schema_of("load")), keys_by(parse_load_profile(text, "f").error().message));
  EXPECT_EQ(keys_of(schema_of("app")), keys_by(parse_contract(text, "f").error().message));
  EXPECT_EQ(keys_of(schema_of("agent")), keys_by(parse_agent_profile(text, "f").error().message));
  EXPECT_EQ(keys_of(schema_of("simulation")), keys_by(parse_simulation(text, "f").error().message));
  EXPECT_EQ(keys_of(schema_of("thresholds")), keys_by(parse_thresholds(text, "f").error().message));
}

TEST(Schema, InnerKeys_AreThoseOfTheLoader) {
  const std::string strange = "qqqqqqqqqqqqqqqqqqqqqqqq: 1";
  const auto load = schema_of("load"), app = schema_of("app"), agent = schema_of("agent"),
             simulation = schema_of("simulation"), production = schema_of("production-config");
  const auto operation = load["properties"]["operations"]["items"];
  EXPECT_EQ(keys_of(operation),
            keys_by(parse_load_profile("operations: [{" + strange + "}]", "f").error().message));
  EXPECT_EQ(
      keys_of(operation["properties"]["expect"]),
      keys_by(
          parse_load_profile("operations: [{expect: {" + strange + "}}]", "f").error().message));
  EXPECT_EQ(keys_of(operation["properties"]["capture"]["additionalProperties"]),
            keys_by(parse_load_profile("operations: [{capture: {x: {" + strange + "}}}]", "f")
                        .error()
                        .message));
  EXPECT_EQ(keys_of(load["properties"]["data"]["additionalProperties"]),
            keys_by(parse_load_profile("data: {x: {" + strange + "}}", "f").error().message));
  for (const auto* part : {"image", "start", "stop", "swap", "ledger", "audit", "dependency"})
    EXPECT_EQ(
        keys_of(app["properties"][part]),
        keys_by(parse_contract(fmt::format("{}: {{{}}}", part, strange), "f").error().message))
        << part;
  EXPECT_EQ(keys_of(app["properties"]["swap"]["properties"]["classes"]["items"]),
            keys_by(parse_contract("swap: {classes: [{" + strange + "}]}", "f").error().message));
  for (const auto* part : {"claims", "log", "breaker", "metrics"})
    EXPECT_EQ(
        keys_of(agent["properties"][part]),
        keys_by(parse_agent_profile(fmt::format("{}: {{{}}}", part, strange), "f").error().message))
        << part;
  const auto phase = simulation["properties"]["phases"]["items"];
  EXPECT_EQ(keys_of(phase),
            keys_by(parse_simulation("phases: [{" + strange + "}]", "f").error().message));
  for (const auto* part : {"swaps", "faults"})
    EXPECT_EQ(keys_of(phase["properties"][part]),
              keys_by(parse_simulation(fmt::format("phases: [{{{}: {{{}}}}}]", part, strange), "f")
                          .error()
                          .message))
        << part;
  EXPECT_EQ(keys_of(simulation["properties"]["waivers"]["items"]),
            keys_by(parse_simulation("waivers: [{" + strange + "}]", "f").error().message));
  const auto bytehot = production["properties"]["bytehot"];
  for (const auto* part : {"performance", "monitoring", "reliability"})
    EXPECT_EQ(
        keys_of(bytehot["properties"][part]),
        keys_by(parse_production_config(fmt::format("bytehot: {{{}: {{{}}}}}", part, strange), "f")
                    .error()
                    .message))
        << part;
}

TEST(Schema, Words_AreThoseOfTheVocabulary) {
  const auto load = schema_of("load"), app = schema_of("app"), agent = schema_of("agent"),
             simulation = schema_of("simulation");
  const auto words = [](const json& schema) {
    return schema["enum"].get<std::vector<std::string>>();
  };
  const auto& operation = load["properties"]["operations"]["items"]["properties"];
  EXPECT_EQ(words(load["properties"]["arrivals"]), kArrivals);
  EXPECT_EQ(words(operation["ledger"]), kLedgerRoles);
  EXPECT_EQ(words(load["properties"]["data"]["additionalProperties"]["properties"]["pick"]),
            kPicks);
  EXPECT_EQ(words(operation["expect"]["properties"]["json"]["additionalProperties"]), kJsonTypes);
  EXPECT_EQ(words(app["properties"]["stop"]["properties"]["signal"]), kSignals);
  EXPECT_EQ(words(app["properties"]["ledger"]["properties"]["survives"]["items"]), kLedgerSurvives);
  EXPECT_EQ(words(agent["properties"]["delivery"]), kDeliveries);
  EXPECT_EQ(words(agent["properties"]["accepts"]["items"]), kAccepts);
  EXPECT_EQ(words(agent["properties"]["claims"]["properties"]["configuration"]["items"]),
            kConfigurationKeys);
  EXPECT_EQ(words(simulation["properties"]["conformance"]["items"]), kConformance);
  EXPECT_EQ(words(simulation["properties"]["variants"]["items"]), unusual_and_bad_variants());
  EXPECT_EQ(words(simulation["properties"]["audits"]["items"]), kAudits);
}

// A fault is a word, or a word with what it is told.
TEST(Schema, Faults_AreThoseOfTheCatalogue) {
  const auto schema = schema_of("simulation");
  const auto& from = schema["properties"]["phases"]["items"]["properties"]["faults"]["properties"]
                           ["from"]["items"]["anyOf"];
  std::vector<std::string> words;
  for (const auto& kind : faults::fault_kinds()) {
    if (kind.make == nullptr) continue;
    std::set<std::string> keys;
    for (const auto& parameter : kind.told()) keys.emplace(parameter.name);
    if (kind.effect != faults::Effect::restart) keys.emplace("holds");
    if (std::ranges::none_of(kind.told(), [](const auto& p) { return p.fallback.empty(); }))
      words.emplace_back(kind.name);
    if (keys.empty()) continue;
    const auto& told = from[1]["properties"][std::string(kind.name)];
    std::set<std::string> known;
    for (const auto& [key, value] : told["properties"].items()) known.insert(key);
    EXPECT_EQ(known, keys) << kind.name;
  }
  EXPECT_EQ(from[0]["enum"].get<std::vector<std::string>>(), words);
}

}  // namespace
}  // namespace bhsim::config
