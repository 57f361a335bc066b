#include "framework/runner/load_spec.hpp"

#include <algorithm>
#include <array>

#include "framework/base/csv.hpp"
#include "framework/config/loaders.hpp"

namespace bhsim::runner {
namespace {

load::JsonType json_type(std::string_view word) {
  using Named = std::pair<std::string_view, load::JsonType>;
  static constexpr std::array<Named, 6> kTypes{{{"string", load::JsonType::string},
                                                {"number", load::JsonType::number},
                                                {"boolean", load::JsonType::boolean},
                                                {"object", load::JsonType::object},
                                                {"array", load::JsonType::array},
                                                {"null", load::JsonType::null}}};
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const Named& named) { return named.first == word; });
  return found == kTypes.end() ? load::JsonType::any : found->second;
}

load::LedgerRole ledger_role(std::string_view word) {
  if (word == "write") return load::LedgerRole::write;
  if (word == "read") return load::LedgerRole::read;
  return load::LedgerRole::none;
}

load::Operation to_operation(const config::LoadOperation& planned, const config::Contract& app) {
  load::Operation operation;
  operation.name = planned.name;
  operation.weight = planned.weight;
  operation.method = planned.method;
  operation.path = planned.path;
  operation.headers = planned.headers;
  operation.body = planned.body;
  operation.expect.status = planned.expect_status;
  operation.expect.body_contains = planned.expect_body;
  operation.expect.headers = planned.expect_headers;
  for (const auto& [field, type] : planned.expect_json)
    operation.expect.json.emplace_back(field, json_type(type));
  operation.ledger = ledger_role(planned.ledger);
  for (const auto& capture : planned.captures)
    operation.captures.push_back(
        {capture.name,
         capture.from == "header" ? load::Capture::From::header : load::Capture::From::json,
         capture.source});
  for (const auto& swappable : app.swap_classes)
    if (std::find(swappable.serves.begin(), swappable.serves.end(), planned.name) !=
        swappable.serves.end())
      operation.versions.push_back({swappable.class_name, swappable.version_header});
  return operation;
}

Result<std::vector<load::DataSet>> read_data(const std::vector<config::LoadData>& planned) {
  std::vector<load::DataSet> out;
  for (const auto& data : planned) {
    BHSIM_ASSIGN(std::string text, read_file(data.file, CsvLimits{}.bytes));
    if (sha256_hex(text) != data.sha256)
      return fail(ErrorCode::config,
                  "read {}: it is not as it was when the plan was made; plan the run again",
                  data.file.string());
    BHSIM_ASSIGN(CsvTable table, CsvTable::parse(std::move(text), data.file.string()));
    out.push_back({data.name,
                   data.pick == "sequential" ? load::Pick::sequential : load::Pick::random,
                   std::make_shared<const CsvTable>(std::move(table))});
  }
  return out;
}

}  // namespace

load::LoadSpec to_load_spec(const config::Plan& plan, const load::Target& target, Time start) {
  load::LoadSpec spec;
  spec.target = target;
  for (const auto& operation : plan.load.operations)
    spec.operations.push_back(to_operation(operation, plan.app));
  if (!plan.load.skus.empty()) spec.skus = plan.load.skus;
  spec.process =
      plan.load.arrivals == "constant" ? load::Process::constant : load::Process::poisson;
  spec.rate_per_s = plan.load.rate_per_s;
  for (const auto& step : plan.steps)
    spec.spikes.push_back({step.at, step.length, plan.load.rate_per_s * step.factor});
  spec.connections = plan.load.connections;
  spec.timeout = plan.load.timeout;
  spec.slo = plan.load.slo;
  spec.duration = plan.duration;
  spec.start = start;
  spec.seed = plan.seed;
  return spec;
}

Result<load::LoadSpec> to_whole_load_spec(const config::Plan& plan, const load::Target& target,
                                          Time start) {
  load::LoadSpec spec = to_load_spec(plan, target, start);
  BHSIM_ASSIGN(spec.data, read_data(plan.load.data));
  return spec;
}

Result<load::OperationMix> read_operation_mix(const Path& file) {
  BHSIM_ASSIGN(const config::LoadProfile profile, config::load_operations(file));
  load::OperationMix mix;
  for (const auto& operation : profile.operations)
    mix.operations.push_back(to_operation(operation, {}));
  mix.skus = profile.skus;
  BHSIM_ASSIGN(mix.data, read_data(profile.data));
  return mix;
}

}  // namespace bhsim::runner
