// What tests/defects/run-all asks of defects.yml and of the checks.
//   defects_judge list DEFECTS_YML [NAME… | --live]   one line a run: fields separated by '|'
//   defects_judge judge DEFECTS_YML NAME RUN_DB        what is red, and what should not be so:
//   exit code 1; 2 when only LOAD-06 should not, which says that the machine was busy; 4 when more
//   should not, which in an invalid run proves nothing.

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iostream>

#include "recorded.hpp"

namespace bhsim::defects {
namespace {

constexpr int kSurprise = 1, kBusy = 2, kUsage = 3, kInvalid = 4;
constexpr const char* kGenerator = "LOAD-06";

int complain(const std::string& what) {
  std::cerr << "defects_judge: " << what << "\n";
  return kUsage;
}

std::string text(const YAML::Node& node, const std::string& otherwise = "") {
  return node ? node.as<std::string>() : otherwise;
}

std::string joined(const YAML::Node& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : " ") + word.as<std::string>();
  return all;
}

// NAME|SIMULATION|SECONDS|AFTER|SETTINGS|MEANS: how a run of it is made.
void print(const YAML::Node& entry) {
  std::cout << fmt::format("{}|{}|{}|{}|{}|{}\n", text(entry["defect"]), text(entry["simulation"]),
                           text(entry["needs_seconds"]), text(entry["after"], "10"),
                           joined(entry["set"]), text(entry["means"]));
}

// The entry of that name, among single defects and those of the tests.
YAML::Node entry_of(const YAML::Node& document, const std::string& name) {
  for (const char* section : {"defects", "live"})
    for (const auto& entry : document[section])
      if (text(entry["defect"]) == name) return entry;
  throw std::invalid_argument(fmt::format("there is no defect '{}'", name));
}

int list(const std::string& defects_yml, const std::vector<std::string>& names) {
  const auto document = YAML::LoadFile(defects_yml);
  if (names.empty() || names.front() == "--live") {
    for (const auto& entry : document[names.empty() ? "defects" : "live"]) print(entry);
    return 0;
  }
  for (const auto& name : names) print(entry_of(document, name));
  return 0;
}

// Exit code and word.
std::pair<int, const char*> outcome(std::size_t surprises, bool invalid) {
  if (surprises == 0) return {0, "as expected"};
  if (!invalid) return {kSurprise, "SURPRISE"};
  return surprises == 1 ? std::pair{kBusy, "busy"} : std::pair{kInvalid, "invalid"};
}

int judge(const std::string& defects_yml, const std::string& name, const std::string& run_db) {
  const auto expect = expected(defects_yml, name);
  if (!expect) return complain(expect.error().message);
  const auto judged = judge_store(run_db);
  if (!judged) return complain(judged.error().message);
  std::vector<std::string> as_expected, others;
  for (const auto& id : red(judged->verdict))
    (expect->must_be_red.contains(id) ? as_expected : others).push_back(id);
  const auto surprises = complaints(judged->verdict, *expect);
  const bool invalid = std::find(others.begin(), others.end(), kGenerator) != others.end() &&
                       !expect->may_be_red.contains(kGenerator);
  const auto [code, word] = outcome(surprises.size(), invalid);
  std::cout << fmt::format("{}|{}|{}\n", word, fmt::join(as_expected, " "), fmt::join(others, " "));
  for (const auto& surprise : surprises) std::cout << "  " << surprise << "\n";
  return code;
}

int run(const std::vector<std::string>& words) {
  if (words.size() >= 2 && words[0] == "list")
    return list(words[1], {words.begin() + 2, words.end()});
  if (words.size() == 4 && words[0] == "judge") return judge(words[1], words[2], words[3]);
  return complain("list DEFECTS_YML [NAME… | --live], or judge DEFECTS_YML NAME RUN_DB");
}

}  // namespace
}  // namespace bhsim::defects

int main(int count, char** words) {
  try {
    return bhsim::defects::run({words + 1, words + count});
  } catch (const std::exception& e) {
    return bhsim::defects::complain(e.what());
  }
}
