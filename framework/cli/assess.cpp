#include <CLI/CLI.hpp>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/judging.hpp"
#include "framework/cli/test_results.hpp"

namespace bhsim::cli {
namespace {

struct AssessWords {
  Path out = "runs";
  SubjectQuery query;
  std::string tests;
};

int assess_all(const AssessWords& words) {
  std::optional<checks::TestResults> tests;
  if (!words.tests.empty()) {
    auto read = read_test_results(words.tests);
    if (!read) return complain("assess", read.error());
    tests = *std::move(read);
  }
  const auto runs = runs_below(words.out);
  if (runs.empty())
    return complain("assess",
                    Error{ErrorCode::usage, fmt::format("there is no run below {}; `bhsim run all` "
                                                        "makes one of each simulation",
                                                        words.out.string())});
  return conclude_assessment("assess", runs, words.query, tests, words.out);
}

}  // namespace

void add_assess(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<AssessWords>();
  command.add_option("--out", words->out,
                     "Where run directories lie, and readiness/ is written (runs)");
  command.add_option("--app", words->query.app,
                     "Runs of this application: its name, or the beginning of its image's digest "
                     "(the newest)");
  command.add_option("--agent", words->query.agent,
                     "Runs with this agent: its name, or the beginning of its jar's digest (the "
                     "newest)");
  command.add_option("--tests", words->tests,
                     "Results of the automated tests, JUnit's XML: ctest --output-junit writes it");
  command.callback([words, &exit_code] { exit_code = assess_all(*words); });
}

}  // namespace bhsim::cli
