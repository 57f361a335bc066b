#include "framework/cli/test_results.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

namespace bhsim::cli {
namespace {

using boost::property_tree::ptree;

constexpr std::size_t kMostNamed = 5;

enum class TestEnd { passed, failed, skipped };

TestEnd end_of(const ptree& test) {
  const auto status = test.get<std::string>("<xmlattr>.status", "");
  if (test.count("failure") > 0 || test.count("error") > 0 || status == "fail")
    return TestEnd::failed;
  if (const auto skipped = test.get_child_optional("skipped"))
    return skipped->get<std::string>("<xmlattr>.message", "").starts_with("Unable to find")
               ? TestEnd::failed
               : TestEnd::skipped;
  return status == "notrun" || status == "disabled" ? TestEnd::skipped : TestEnd::passed;
}

// Suites may hold suites.
void add_tests(const ptree& suite, checks::TestResults& results) {
  for (const auto& [name, child] : suite) {
    if (name == "testsuite") add_tests(child, results);
    if (name != "testcase") continue;
    switch (end_of(child)) {
      case TestEnd::passed:
        ++results.passed;
        break;
      case TestEnd::skipped:
        ++results.skipped;
        break;
      case TestEnd::failed:
        ++results.failed;
        if (results.failures.size() < kMostNamed)
          results.failures.push_back(child.get<std::string>("<xmlattr>.name", "(without a name)"));
        break;
    }
  }
}

}  // namespace

Result<checks::TestResults> read_test_results(const Path& file) {
  const auto text = read_file(file);
  if (!text) return fail(ErrorCode::usage, "--tests: {}", text.error().message);
  ptree document;
  try {
    std::istringstream in(*text);
    boost::property_tree::read_xml(in, document);
  } catch (const boost::property_tree::xml_parser_error& error) {
    return fail(ErrorCode::usage,
                "--tests={}: not the XML of test results: {} in line {}; ctest writes such a file "
                "with --output-junit",
                file.string(), error.message(), error.line());
  }
  if (document.count("testsuites") + document.count("testsuite") == 0)
    return fail(ErrorCode::usage,
                "--tests={}: it holds no <testsuite>; ctest writes such a file with --output-junit",
                file.string());
  checks::TestResults results;
  results.file = file.string();
  if (const auto suites = document.get_child_optional("testsuites")) add_tests(*suites, results);
  add_tests(document, results);
  return results;
}

}  // namespace bhsim::cli
