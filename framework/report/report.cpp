#include "framework/report/report.hpp"

#include <array>
#include <exception>

#include "framework/report/formats.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/page.hpp"

namespace bhsim::report {

std::span<const Reporter> all() {
  static constexpr std::array kReporters = {
      Reporter{"html", "index.html", render_html},
      Reporter{"json", "report.json", render_json},
      Reporter{"junit", "junit.xml", render_junit},
      Reporter{"markdown", "summary.md", render_markdown},
  };
  return kReporters;
}

Result<void> write_reports(const Path& run_directory, const config::Plan& plan,
                           const history::History& history, const checks::RunVerdict& verdict) {
  const Path folder = run_directory / "report";
  BHSIM_TRY(make_directories(folder));
  std::string_view at_work = "load";
  // The history throws when a store that was opened turns out damaged.
  try {
    const LoadView load = view_load(history);
    const Material material{run_directory, plan, history, verdict, load};
    for (const auto& reporter : all()) {
      at_work = reporter.name;
      BHSIM_TRY(write_file(folder / reporter.file, reporter.render(material)));
    }
  } catch (const std::exception& e) {
    return fail(ErrorCode::io, "write the {} report of {}: {}", at_work, run_directory.string(),
                e.what());
  }
  return {};
}

}  // namespace bhsim::report
