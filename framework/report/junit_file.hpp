#pragma once
// The frame of a JUnit file, once for all reports: a reporter says which cases there are; how they
// are counted, nested and escaped is here.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bhsim::report {

enum class JunitResult { passed, failure, error, skipped };

// All texts are plain: markup in them is made harmless.
struct JunitCase {
  std::string classname, name;
  JunitResult result = JunitResult::passed;
  // Of what did not pass. `type` is what strict readers demand, and others group by.
  std::string type, message, text;
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
};

struct JunitFile {
  std::string name;
  double seconds = 0;
  // Of each suite: when it began, ISO 8601 without a zone, or empty; and what was run.
  std::string timestamp;
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<JunitSuite> suites;
};

std::string to_xml(const JunitFile& file);

}  // namespace bhsim::report
