#include "framework/report/junit_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

// `tests="3" failures="1" errors="0" skipped="1"`, summed over all that is counted.
class JunitCounts {
 public:
  void count(const JunitSuite& suite) {
    const auto with = [&suite](JunitResult result) {
      return std::ranges::count(suite.cases, result, &JunitCase::result);
    };
    tests_ += static_cast<std::ptrdiff_t>(suite.cases.size());
    failures_ += with(JunitResult::failure);
    errors_ += with(JunitResult::error);
    skipped_ += with(JunitResult::skipped);
  }

  [[nodiscard]] std::string attributes() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"", tests_,
                       failures_, errors_, skipped_);
  }

 private:
  std::ptrdiff_t tests_ = 0, failures_ = 0, errors_ = 0, skipped_ = 0;
};

std::string_view element_of(JunitResult result) {
  switch (result) {
    case JunitResult::failure:
      return "failure";
    case JunitResult::error:
      return "error";
    case JunitResult::passed:
    case JunitResult::skipped:
      break;
  }
  return "skipped";
}

std::string case_xml(const JunitCase& one) {
  const auto begin = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
                                 escape_markup(one.classname), escape_markup(one.name));
  if (one.result == JunitResult::passed) return begin + "/>\n";
  const auto element = element_of(one.result);
  const auto end = one.text.empty() ? std::string("/>")
                                    : fmt::format(">{}</{}>", escape_markup(one.text), element);
  return fmt::format("{}>\n      <{} type=\"{}\" message=\"{}\"{}\n    </testcase>\n", begin,
                     element, escape_markup(one.type), escape_markup(one.message), end);
}

std::string properties_xml(const JunitFile& file) {
  std::string xml = "    <properties>\n";
  for (const auto& [name, value] : file.properties)
    xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", escape_markup(name),
                       escape_markup(value));
  return xml + "    </properties>\n";
}

}  // namespace

std::string to_xml(const JunitFile& file) {
  const auto properties = properties_xml(file);
  const auto timestamp =
      file.timestamp.empty() ? "" : fmt::format(" timestamp=\"{}\"", escape_markup(file.timestamp));
  JunitCounts all;
  std::string body;
  for (const auto& suite : file.suites) {
    JunitCounts counts;
    counts.count(suite);
    all.count(suite);
    body += fmt::format("  <testsuite name=\"{}\" {} time=\"0\"{}>\n{}", escape_markup(suite.name),
                        counts.attributes(), timestamp, properties);
    for (const auto& one : suite.cases) body += case_xml(one);
    body += "  </testsuite>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"{}\" {} time=\"{:.0f}\">\n{}</testsuites>\n",
      escape_markup(file.name), all.attributes(), file.seconds, body);
}

}  // namespace bhsim::report
