#pragma once
// The reports that machines and pipelines read (docs/reports.md). For this folder only.

#include <string>

#include "framework/report/report.hpp"

namespace bhsim::report {

// configs/schema/report.schema.json.
inline constexpr int kJsonFormat = 1;
std::string render_json(const Material& material);

// Each check is a test case. Failed and required: failure. Inconclusive and required: error,
// because the run did not prove what it must. Everything that does not decide (advisory, waived,
// not applicable) is skipped, and says why; passed is passed.
std::string render_junit(const Material& material);

// For $GITHUB_STEP_SUMMARY and the like.
std::string render_markdown(const Material& material);

}  // namespace bhsim::report
