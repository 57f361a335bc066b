#include "recorded.hpp"

#include <yaml-cpp/yaml.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/config/plan.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"

namespace bhsim::defects {
namespace {

constexpr std::string_view kSuffix = ".db.gz";
constexpr std::size_t kLargest = 64U << 20U;

Result<std::string> gunzip(const Path& gz) {
  gzFile file = gzopen(gz.c_str(), "rb");
  if (file == nullptr) return fail(ErrorCode::io, "cannot open {}", gz.string());
  std::string bytes;
  std::array<char, 65536> piece{};
  int count = 0;
  while ((count = gzread(file, piece.data(), piece.size())) > 0 && bytes.size() < kLargest)
    bytes.append(piece.data(), static_cast<std::size_t>(count));
  const bool whole = gzclose(file) == Z_OK && count == 0;
  if (!whole) return fail(ErrorCode::io, "{} is damaged or larger than it may be", gz.string());
  return bytes;
}

std::set<std::string> ids(const YAML::Node& node) {
  std::set<std::string> set;
  for (const auto& id : node) set.insert(id.as<std::string>());
  return set;
}

Result<Expected> expected_of_one(const Path& defects_yml, const std::string& defect) {
  try {
    const auto document = YAML::LoadFile(defects_yml.string());
    for (const auto& entry : document["defects"])
      if (entry["defect"] && entry["defect"].as<std::string>() == defect)
        return Expected{ids(entry["must_be_red"]), ids(entry["may_be_red"])};
  } catch (const YAML::Exception& e) {
    return fail(ErrorCode::config, "{}: {}", defects_yml.string(), e.what());
  }
  return fail(ErrorCode::not_found, "{} knows no defect '{}'", defects_yml.string(), defect);
}

}  // namespace

Result<Expected> expected(const Path& defects_yml, const std::string& defects) {
  Expected sum;
  std::istringstream names(defects);
  for (std::string name; std::getline(names, name, '+');) {
    BHSIM_ASSIGN(const auto one, expected_of_one(defects_yml, name));
    sum.must_be_red.insert(one.must_be_red.begin(), one.must_be_red.end());
    sum.may_be_red.insert(one.may_be_red.begin(), one.may_be_red.end());
  }
  return sum;
}

std::vector<std::string> recordings(const Path& folder) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(kSuffix)) names.push_back(name.substr(0, name.size() - kSuffix.size()));
  }
  std::ranges::sort(names);
  return names;
}

Result<Judged> judge_store(const Path& database) {
  BHSIM_ASSIGN(const auto history, history::History::open_file(database));
  const auto json = history.fact(history::fact::kPlan);
  if (!json) return fail(ErrorCode::protocol, "{} holds no plan", database.string());
  BHSIM_ASSIGN(const auto plan, config::plan_from_json(*json));
  return Judged{history.run_id(), plan.seed, checks::judge(plan, history)};
}

Result<Judged> judge_recording(const Path& gz) {
  BHSIM_ASSIGN(const auto bytes, gunzip(gz));
  BHSIM_ASSIGN(const auto directory, TemporaryDirectory::create("bhsim-recorded"));
  const auto file = directory.path() / "run.db";
  std::ofstream(file, std::ios::binary) << bytes;
  auto judged = judge_store(file);
  if (!judged) return fail(judged.error().within(gz.string()));
  return judged;
}

std::vector<std::string> red(const checks::RunVerdict& verdict) {
  std::vector<std::string> ids;
  for (const auto& [check, judged, required] : verdict.checks)
    if (judged.status == checks::Status::fail) ids.emplace_back(check->id);
  return ids;
}

std::vector<std::string> complaints(const checks::RunVerdict& verdict, const Expected& expected) {
  std::vector<std::string> found;
  for (const auto& [check, judged, required] : verdict.checks) {
    const std::string id(check->id);
    const bool red = judged.status == checks::Status::fail;
    if (red && !expected.must_be_red.contains(id) && !expected.may_be_red.contains(id))
      found.push_back(fmt::format("{} is a false alarm: {}", id, judged.because));
    if (!red && expected.must_be_red.contains(id))
      found.push_back(fmt::format("{} is {} and must be red: {}", id, to_string(judged.status),
                                  judged.because));
  }
  if (expected.must_be_red.empty() && verdict.status != checks::RunStatus::pass)
    found.push_back(fmt::format("without a defect the run must pass: {}", verdict.because));
  return found;
}

}  // namespace bhsim::defects
