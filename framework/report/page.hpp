#pragma once
// The parts of report/index.html. For this folder only. Each returns HTML whose every piece of
// foreign text is escaped.

#include <string>
#include <string_view>

#include "framework/report/report.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {

inline std::string escape(std::string_view text) { return escape_markup(text); }

std::string page_verdict(const Material& material);
std::string page_numbers(const Material& material);
std::string page_diagnosis(const Material& material);
std::string page_checks(const Material& material);
// The element id of a check: links lead to it.
std::string check_anchor(const checks::Check& check);

std::string page_phases(const Material& material);
std::string page_operations(const Material& material);
std::string page_failures(const Material& material);
std::string page_swaps(const Material& material);
std::string page_faults(const Material& material);
std::string page_recovery(const Material& material);
std::string page_pairs(const Material& material);
std::string page_costs(const Material& material);
std::string page_instrument(const Material& material);
std::string page_facts(const Material& material);
std::string page_artifacts(const Material& material);
std::string page_again(const Material& material);

// A path below the run directory that needs no quoting anywhere: only such a one becomes a link.
bool is_plain_path(std::string_view path);

// The whole file.
std::string render_html(const Material& material);

}  // namespace bhsim::report
