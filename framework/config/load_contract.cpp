// configs/apps/*.yml → Contract. The keys are documented in docs/contract.md.

#include <algorithm>
#include <set>

#include "framework/base/nearest.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

constexpr Nanos kLongestWait = std::chrono::minutes(10);
constexpr std::string_view kOwnName = "{app}";  // in a command: the contract's name
constexpr std::size_t kMostClasses = 200;

// A path that stands under `key`, checked; empty when absent.
std::string path_of(YamlReader& reader, std::string_view key) {
  std::string path = reader.text(key, "");
  if (!path.empty() && !is_absolute_path(path))
    reader.complain(reader.place(key),
                    fmt::format("{}: found '{}', expected a path that begins with '/', "
                                "without blanks and '..'",
                                key, path));
  return path;
}

Nanos wait_of(YamlReader& reader, std::string_view key, Nanos fallback) {
  const Nanos wait = reader.duration(key, fallback);
  if (wait <= Nanos{} || wait > kLongestWait)
    reader.complain(reader.place(key),
                    fmt::format("{}: expected more than 0s and at most 10m", key));
  return wait;
}

void read_image(YamlReader image, Contract& contract) {
  if (image.empty()) return;
  contract.image_build = image.text("build", "");
  contract.image_ref = image.text("ref", "");
  image.done();
  if (contract.image_build.empty() == contract.image_ref.empty())
    image.complain(image.place(), "image: expected exactly one of 'ref' and 'build'");
  if (contract.image_ref.find_first_of(" \t\n") != std::string::npos)
    image.complain(image.place("ref"), "ref: an image reference has no blanks");
}

void read_dependency(YamlReader reader, Contract& contract) {
  if (reader.empty()) return;
  auto& dependency = contract.dependency;
  dependency = {};
  dependency.port = static_cast<int>(reader.integer("port", 1, 65535));
  if (auto image = reader.mapping("image"); !image.empty()) {
    dependency.image_ref = image.text("ref");
    image.done();
  }
  dependency.command = reader.texts("command");
  for (const auto& [name, value] : reader.pairs("environment"))
    dependency.environment.push_back(fmt::format("{}={}", name, value));
  dependency.uses = path_of(reader, "uses");
  if (!reader.has("uses"))
    reader.complain(reader.place(),
                    "'dependency' lacks 'uses': a path of the application whose answer needs it");
  reader.done();
}

// After the dependency, which it may name.
void read_command(YamlReader& root, Contract& contract) {
  if (!root.has("command")) return;
  contract.command = root.texts("command");
  if (contract.command.empty()) root.complain(root.place("command"), "command: the list is empty");
  std::vector<std::string> known{"jvm", "agent", "app"};
  if (contract.dependency.port != 0) known.emplace_back("dependency");
  for (const YamlNode* item : root.scalars("command", "texts"))
    for (const auto& name : placeholders(item->text))
      if (std::find(known.begin(), known.end(), name) == known.end())
        root.complain(item->place,
                      fmt::format("command: unknown placeholder '{{{}}}'; known are {{jvm}}, "
                                  "{{agent}}, {{app}} and, where there is one, {{dependency}}",
                                  name));
}

void read_classes(YamlReader& swap, Contract& contract) {
  auto classes = swap.mappings("classes");
  if (classes.empty())
    swap.complain(swap.place(),
                  "'swap' lacks 'classes': a list of {class: NAME, serves: [OPERATION], …}");
  std::set<std::string> seen;
  for (auto& entry : classes) {
    SwappableClass swappable;
    swappable.class_name = entry.text("class");
    swappable.serves = entry.texts("serves");
    if (!swappable.class_name.empty() && !is_class_name(swappable.class_name))
      entry.complain(entry.place("class"), fmt::format("class: '{}' is not a class name such as "
                                                       "com.example.OrderPolicy",
                                                       swappable.class_name));
    if (!seen.insert(swappable.class_name).second)
      entry.complain(entry.place("class"),
                     fmt::format("class: '{}' stands here twice", swappable.class_name));
    if (swappable.serves.empty())
      entry.complain(entry.place("serves"),
                     fmt::format("'{}' serves no operation: nothing could show that "
                                 "a swap landed",
                                 swappable.class_name));
    auto version = entry.mapping("version");
    if (version.empty() && !entry.has("version"))
      entry.complain(entry.place(), "an entry of 'classes' lacks 'version': {header: NAME}");
    if (!version.empty()) swappable.version_header = version.text("header");
    if (!swappable.version_header.empty() && !is_plain_name(swappable.version_header))
      version.complain(version.place("header"),
                       fmt::format("header: '{}' is not the name of a response "
                                   "header",
                                   swappable.version_header));
    version.done();
    entry.done();
    contract.swap_classes.push_back(std::move(swappable));
  }
  if (contract.swap_classes.size() > kMostClasses)
    swap.complain(swap.place("classes"), fmt::format("classes: more than {}", kMostClasses));
}

void read_groups(YamlReader& swap, Contract& contract) {
  const YamlNode* groups = swap.node("groups");
  if (groups == nullptr) return;
  std::vector<std::string> names;
  for (const auto& swappable : contract.swap_classes) names.push_back(swappable.class_name);
  if (groups->kind != YamlKind::sequence) {
    swap.complain(groups->place, "groups: expected a list of lists of classes");
    return;
  }
  for (const auto& group : groups->items) {
    if (group.kind != YamlKind::sequence || group.items.size() < 2) {
      swap.complain(group.place, "groups: a group is a list of at least two classes");
      continue;
    }
    std::vector<std::string> members;
    for (const auto& member : group.items) {
      if (std::find(names.begin(), names.end(), member.text) == names.end()) {
        const auto close = nearest(member.text, names);
        swap.complain(member.place,
                      fmt::format("groups: '{}' is not among the classes{}", member.text,
                                  close ? fmt::format("; did you mean '{}'?", *close) : ""));
      } else if (std::find(members.begin(), members.end(), member.text) != members.end()) {
        swap.complain(member.place,
                      fmt::format("groups: '{}' stands in its group twice", member.text));
      }
      members.push_back(member.text);
    }
    contract.swap_groups.push_back(std::move(members));
  }
}

void read_swap(YamlReader swap, Contract& contract) {
  if (swap.empty()) return;
  contract.swap_classes.clear();
  contract.swap_groups.clear();
  contract.swap_directory = path_of(swap, "directory");
  if (!swap.has("directory"))
    swap.complain(swap.place(), "'swap' lacks 'directory': the folder that the agent watches");
  contract.swap_source = path_of(swap, "source");
  if (contract.swap_source.empty()) contract.swap_source = contract.swap_directory;
  read_classes(swap, contract);
  read_groups(swap, contract);
  swap.done();
}

void read_ledger(YamlReader ledger, Contract& contract) {
  if (ledger.empty()) return;
  contract.ledger_ranges = path_of(ledger, "ranges");
  if (contract.ledger_ranges.empty()) {
    if (!ledger.has("ranges")) ledger.complain(ledger.place(), "'ledger' lacks 'ranges': a path");
  } else {
    const auto found = placeholders(contract.ledger_ranges);
    for (const std::string name : {"writer", "from", "to"})
      if (std::find(found.begin(), found.end(), name) == found.end())
        ledger.complain(ledger.place("ranges"),
                        fmt::format("ranges: the path lacks '{{{}}}'", name));
  }
  contract.ledger_survives = ledger.words("survives", kLedgerSurvives);
  contract.ledger_total = ledger.text("total", "");
  if (!contract.ledger_total.empty() && !is_metric_selector(contract.ledger_total))
    ledger.complain(ledger.place("total"),
                    fmt::format("total: found '{}', expected a metric such as orders_total or "
                                "requests_total{{operation=\"order\",status=\"201\"}}",
                                contract.ledger_total));
  if (!contract.ledger_total.empty() && contract.metrics_path.empty())
    ledger.complain(ledger.place("total"),
                    "total: the contract lacks 'metrics', the path that would tell it");
  ledger.done();
}

void read_volumes(YamlReader& root, Contract& contract) {
  if (!root.has("volumes")) return;
  contract.volumes.clear();
  for (const YamlNode* item : root.scalars("volumes", "paths")) {
    if (!is_absolute_path(item->text))
      root.complain(
          item->place,
          fmt::format("volumes: found '{}', expected a path that begins with '/'", item->text));
    else if (std::find(contract.volumes.begin(), contract.volumes.end(), item->text) !=
             contract.volumes.end())
      root.complain(item->place, fmt::format("volumes: '{}' stands here twice", item->text));
    contract.volumes.push_back(item->text);
  }
}

// What is absent stays as it is.
void read_places(YamlReader& root, Contract& contract) {
  const auto path = [&root](std::string_view key, std::string& into) {
    if (root.has(key)) into = path_of(root, key);
  };
  contract.port = static_cast<int>(root.integer("port", 1, 65535, contract.port));
  path("ready", contract.ready_path);
  path("live", contract.live_path);
  path("metrics", contract.metrics_path);
}

void read_times(YamlReader& root, Contract& contract) {
  const Contract usual;
  if (auto start = root.mapping("start"); !start.empty()) {
    contract.start_within = wait_of(start, "within", usual.start_within);
    contract.start_typical =
        wait_of(start, "typical", std::min(usual.start_typical, contract.start_within));
    if (contract.start_typical > contract.start_within)
      start.complain(start.place("typical"), "typical: longer than 'within'");
    start.done();
  }
  if (auto stop = root.mapping("stop"); !stop.empty()) {
    contract.stop_signal = stop.word("signal", kSignals, usual.stop_signal);
    contract.stop_within = wait_of(stop, "within", usual.stop_within);
    stop.done();
  }
}

void read_audit(YamlReader audit, Contract& contract) {
  if (audit.empty()) return;
  contract.audit_file = path_of(audit, "file");
  if (!audit.has("file")) audit.complain(audit.place(), "'audit' lacks 'file': a path");
  audit.done();
}

// What a contract cannot do without, after all that it is like.
void complain_of_absent(YamlReader& root, const Contract& contract) {
  if (contract.image_build.empty() && contract.image_ref.empty() && !root.has("image"))
    root.complain(root.place(),
                  "a contract lacks 'image': {ref: NAME@sha256:…} or {build: FOLDER}");
  if (contract.command.empty() && !root.has("command"))
    root.complain(root.place(),
                  "a contract lacks 'command': a list such as [java, \"{jvm}\", \"{agent}\", …]");
  if (contract.ready_path.empty() && !root.has("ready"))
    root.complain(root.place(),
                  "a contract lacks 'ready': the path that answers 2xx once the application "
                  "can work; without it no start could be told from a failure");
}

// What stands in the file replaces, key by key, what stands in `contract`.
void read_contract(YamlReader& root, Contract& contract) {
  contract.name = root.text("app");
  if (!contract.name.empty() && !is_plain_name(contract.name))
    root.complain(root.place("app"),
                  fmt::format("app: '{}' is not a plain name of letters, digits, '.', "
                              "'_' and '-'",
                              contract.name));
  read_image(root.mapping("image"), contract);
  read_dependency(root.mapping("dependency"), contract);
  read_command(root, contract);
  if (root.has("environment")) contract.environment.clear();
  for (const auto& [name, value] : root.pairs("environment"))
    contract.environment.push_back(fmt::format("{}={}", name, value));
  read_places(root, contract);
  read_times(root, contract);
  read_volumes(root, contract);
  read_swap(root.mapping("swap"), contract);
  read_ledger(root.mapping("ledger"), contract);
  read_audit(root.mapping("audit"), contract);
  complain_of_absent(root, contract);
  root.done();
}

enum class Like { allowed, refused };

Result<Contract> parse(std::string_view text, const std::string& name, Like like);

// The contract of the same folder that this one is like; an empty one when it is like none.
Result<Contract> base_of(YamlFile& file, YamlReader& root, const std::string& name, Like like) {
  const std::string base = root.text("like", "");
  if (base.empty()) return Contract{};
  const auto refuse = [&](std::string what) -> Result<Contract> {
    file.complain(root.place("like"), "like: " + std::move(what));
    return fail(file.finish().error());
  };
  if (like == Like::refused)
    return refuse(
        "another contract is like this one, which therefore has to say everything itself");
  const Path folder = Path(name).parent_path();
  const Path beside = folder / (base + ".yml");
  std::error_code ignored;
  if (!is_plain_name(base) || !std::filesystem::is_regular_file(beside, ignored)) {
    std::vector<std::string> known = names_in(folder);
    std::erase(known, Path(name).stem().string());
    const auto close = nearest(base, known);
    return refuse(fmt::format("there is no contract '{}' beside this one{}", base,
                              close ? fmt::format("; did you mean '{}'?", *close) : ""));
  }
  BHSIM_ASSIGN(const std::string text, read_yaml_text(beside));
  return parse(text, beside.string(), Like::refused);
}

// As written, `{app}` still in its command.
Result<Contract> parse(std::string_view text, const std::string& name, Like like) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  YamlReader root = file.root("a contract");
  BHSIM_ASSIGN(Contract contract, base_of(file, root, name, like));
  read_contract(root, contract);
  contract.file = name;
  BHSIM_TRY(file.finish());
  return contract;
}

}  // namespace

Result<Contract> parse_contract(std::string_view text, const std::string& name) {
  BHSIM_ASSIGN(Contract contract, parse(text, name, Like::allowed));
  for (auto& word : contract.command)
    for (auto at = word.find(kOwnName); at != std::string::npos; at = word.find(kOwnName))
      word.replace(at, kOwnName.size(), contract.name);
  return contract;
}

Result<Contract> load_contract(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_contract(text, file.string());
}

}  // namespace bhsim::config
