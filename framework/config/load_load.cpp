// configs/load/*.yml → LoadProfile.

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/config/load_data.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

constexpr std::size_t kMostOperations = 64;

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A scalar as JSON: what YAML takes for a number, true or false stays so; a placeholder for a
// number stands bare; everything else is a string.
std::string scalar_as_json(const YamlNode& node) {
  const auto names = placeholders(node.text);
  if (names.size() == 1 && node.text == "{" + names[0] + "}" &&
      (contains(kNumberPlaceholders, names[0]) || number_range(names[0])))
    return node.text;
  if (!node.quoted) {
    if (node.text == "true" || node.text == "false") return node.text;
    double number = 0;
    const char* end = node.text.data() + node.text.size();
    const auto parsed = std::from_chars(node.text.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end && nlohmann::json::accept(node.text))
      return node.text;
  }
  return nlohmann::json(node.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_json(const YamlNode& node) {
  std::string out;
  switch (node.kind) {
    case YamlKind::null:
      return "null";
    case YamlKind::scalar:
      return scalar_as_json(node);
    case YamlKind::sequence:
      for (const auto& item : node.items) out += (out.empty() ? "" : ",") + as_json(item);
      return "[" + out + "]";
    case YamlKind::mapping:
      for (const auto& [key, value] : node.entries) {
        YamlNode quoted = key;
        quoted.quoted = true;
        out += (out.empty() ? "" : ",") + scalar_as_json(quoted) + ":" + as_json(value);
      }
      return "{" + out + "}";
  }
  return out;
}

void read_target(YamlReader& reader, const TemplateWords& words, LoadOperation& operation) {
  int methods = 0;
  for (const std::string method : {"get", "post", "put", "delete", "head"}) {
    if (!reader.has(method)) continue;
    if (++methods > 1) {
      reader.complain(reader.place(method),
                      "an operation has one of 'get', 'post', 'put', 'delete', 'head'");
      continue;
    }
    operation.path = reader.text(method);
    operation.method = method;
    for (char& c : operation.method) c = static_cast<char>(c - 'a' + 'A');
    if (operation.path.empty()) continue;
    if (operation.path[0] != '/' || operation.path.find_first_of(" \t\r\n") != std::string::npos)
      reader.complain(reader.place(method),
                      fmt::format("{}: found '{}', expected a path that begins with "
                                  "'/', without blanks",
                                  method, operation.path));
    words.check(reader, reader.place(method), method, operation.path);
  }
  if (methods == 0)
    reader.complain(reader.place(),
                    "an operation lacks its path: one of 'get', 'post', 'put', 'delete', 'head'");
}

// A write that names neither writer nor sequence gets both in front: so it can be found again.
void add_record(YamlReader& reader, const YamlNode& json, LoadOperation& operation) {
  const YamlNode* ledger = reader.node("ledger");
  if (ledger == nullptr || ledger->text != "write" || json.kind != YamlKind::mapping) return;
  const auto used = placeholders(operation.body);
  if (contains(used, "writer") || contains(used, "sequence")) return;
  operation.body.insert(1, std::string(R"("writer":"{writer}","sequence":{sequence})") +
                               (json.entries.empty() ? "" : ","));
}

std::vector<std::pair<std::string, std::string>> read_headers(YamlReader& reader,
                                                              std::string_view key) {
  auto headers = reader.pairs(key);
  for (const auto& [name, value] : headers)
    if (!is_plain_name(name) || value.find_first_of("\r\n") != std::string::npos)
      reader.complain(reader.place(key),
                      fmt::format("{}: '{}' is not a header on one line", key, name));
  return headers;
}

void read_body(YamlReader& reader, const TemplateWords& words, LoadOperation& operation) {
  operation.headers = read_headers(reader, "headers");
  for (const auto& [name, value] : operation.headers)
    words.check(reader, reader.place("headers"), name, value, TemplateWords::Stands::in_header);
  operation.body = reader.text("body", "");
  if (const YamlNode* json = reader.node("json")) {
    if (reader.has("body"))
      reader.complain(reader.place("json"), "an operation has 'body' or 'json', not both");
    operation.body = as_json(*json);
    add_record(reader, *json, operation);
    const bool typed =
        std::any_of(operation.headers.begin(), operation.headers.end(),
                    [](const auto& header) { return header.first == "Content-Type"; });
    if (!typed) operation.headers.emplace_back("Content-Type", "application/json");
  }
  const std::string_view key = reader.has("json") ? "json" : "body";
  words.check(reader, reader.place(key), key, operation.body);
  if (!operation.body.empty() && (operation.method == "GET" || operation.method == "HEAD"))
    reader.complain(reader.place(key), fmt::format("{}: a {} has no body", key, operation.method));
}

void read_expectation(YamlReader expect, LoadOperation& operation) {
  operation.expect_status = static_cast<int>(expect.integer("status", 100, 599, 200));
  operation.expect_headers = read_headers(expect, "header");
  operation.expect_body = expect.text("body", "");
  auto json = expect.mapping("json");
  if (const YamlNode* fields = expect.node("json"); !json.empty())
    for (const auto& [field, type] : fields->entries)
      operation.expect_json.emplace_back(field.text, json.word(field.text, kJsonTypes));
  expect.done();
}

void check_ledger(YamlReader& reader, const LoadOperation& operation) {
  const auto in_path = placeholders(operation.path), in_body = placeholders(operation.body);
  if (operation.ledger == "write") {
    for (const std::string name : {"writer", "sequence"})
      if (!contains(in_path, name) && !contains(in_body, name))
        reader.complain(reader.place("ledger"),
                        fmt::format("ledger: a write must send '{{{}}}', or it could not "
                                    "be found again",
                                    name));
  } else if (operation.ledger == "read" && !contains(in_path, "acknowledged")) {
    reader.complain(reader.place("ledger"),
                    "ledger: a read must ask for '{acknowledged}' in its path");
  }
}

LoadOperation read_operation(YamlReader& reader, TemplateWords& words) {
  LoadOperation operation;
  operation.name = reader.text("name");
  if (!operation.name.empty() && !is_plain_name(operation.name))
    reader.complain(reader.place("name"),
                    fmt::format("name: '{}' is not a plain name of letters, digits, "
                                "'.', '_' and '-'",
                                operation.name));
  operation.weight = reader.number("weight", 0.001, 1e6, 1);
  read_target(reader, words, operation);
  read_body(reader, words, operation);
  read_expectation(reader.mapping("expect"), operation);
  operation.ledger = reader.word("ledger", kLedgerRoles, "");
  check_ledger(reader, operation);
  operation.captures = words.read_captures(reader);
  if (const auto& captures = operation.captures;
      operation.method == "HEAD" &&
      std::any_of(captures.begin(), captures.end(),
                  [](const LoadCapture& capture) { return capture.from == "json"; }))
    reader.complain(reader.place("capture"), "capture: the response to HEAD has no body");
  reader.done();
  return operation;
}

// What no operation can say alone.
void check_together(YamlReader& root, const LoadProfile& load) {
  const auto place = root.place("operations");
  std::set<std::string> names;
  bool writes = false, reads_acknowledged = false, needs_sku = false;
  for (const auto& operation : load.operations) {
    if (!names.insert(operation.name).second)
      root.complain(place,
                    fmt::format("operations: the name '{}' stands here twice", operation.name));
    writes = writes || operation.ledger == "write";
    auto used = placeholders(operation.path);
    for (auto& name : placeholders(operation.body)) used.push_back(std::move(name));
    for (const auto& [header, value] : operation.headers)
      for (auto& name : placeholders(value)) used.push_back(std::move(name));
    if (operation.ledger == "read" && !operation.captures.empty() && !writes)
      root.complain(place, fmt::format("operations: '{}' reads the ledger and captures; put the "
                                       "one with 'ledger: write' above it",
                                       operation.name));
    reads_acknowledged = reads_acknowledged || contains(used, "acknowledged");
    needs_sku = needs_sku || contains(used, "sku");
  }
  if (reads_acknowledged && !writes)
    root.complain(place, "operations: '{acknowledged}' needs an operation with 'ledger: write'");
  if (needs_sku && load.skus.empty())
    root.complain(root.place("skus"), "'{sku}' is asked for, and 'skus' names none");
  if (load.operations.size() > kMostOperations)
    root.complain(place, fmt::format("operations: more than {}", kMostOperations));
}

// A file of operations alone leaves out who asks for them and how often.
enum class Extent { profile, operations };

LoadProfile read_load_profile(YamlReader root, const Path& folder, Extent extent) {
  LoadProfile load;
  const bool whole = extent == Extent::profile;
  load.name = whole ? root.text("load") : root.text("load", "");
  if (!load.name.empty() && !is_plain_name(load.name))
    root.complain(root.place("load"),
                  fmt::format("load: '{}' is not a plain name of letters, digits, '.', "
                              "'_' and '-'",
                              load.name));
  if (whole || root.has("rate")) load.rate_per_s = root.rate("rate");
  if (load.rate_per_s > kMostRequestsPerSecond)
    root.complain(root.place("rate"),
                  fmt::format("rate: more than {:.0f}/s, which this generator does not reach",
                              kMostRequestsPerSecond));
  load.arrivals = root.word("arrivals", kArrivals, "poisson");
  load.connections = static_cast<int>(root.integer("connections", 1, kMostConnections, 50));
  load.timeout = root.duration("timeout", load.timeout);
  load.slo = root.duration("slo", load.slo);
  if (load.timeout <= Nanos{} || load.timeout > std::chrono::minutes(1))
    root.complain(root.place("timeout"), "timeout: expected more than 0s and at most 1m");
  if (load.slo <= Nanos{} || load.slo > load.timeout)
    root.complain(root.place("slo"), "slo: expected more than 0s and at most 'timeout'");
  load.skus = root.texts("skus");
  TemplateWords words(root, folder);
  load.data = words.data();
  auto operations = root.mappings("operations");
  if (operations.empty() && !root.empty())
    root.complain(root.place("operations"),
                  "a load profile lacks 'operations': a list of {name: …, get: PATH}");
  for (auto& operation : operations) load.operations.push_back(read_operation(operation, words));
  check_together(root, load);
  root.done();
  return load;
}

Result<LoadProfile> parse_as(Extent extent, std::string_view text, const std::string& name) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  LoadProfile load =
      read_load_profile(file.root("a load profile"), Path(name).parent_path(), extent);
  load.file = name;
  BHSIM_TRY(file.finish());
  return load;
}

}  // namespace

Result<LoadProfile> parse_load_profile(std::string_view text, const std::string& name) {
  return parse_as(Extent::profile, text, name);
}

Result<LoadProfile> parse_operations(std::string_view text, const std::string& name) {
  return parse_as(Extent::operations, text, name);
}

Result<LoadProfile> load_load_profile(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_load_profile(text, file.string());
}

Result<LoadProfile> load_operations(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_operations(text, file.string());
}

}  // namespace bhsim::config
