#pragma once
// What was kept because the run failed or crashed (fact "diagnosis"), as reports show it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/history/history.hpp"

namespace bhsim::report {

struct DiagnosisView {
  struct Pointer {
    std::string what, file;  // no file: a word of advice
  };
  struct File {
    std::string path, what;
    std::int64_t bytes = 0;
  };
  struct Missing {
    std::string what, why;
  };
  std::vector<std::string> reasons;
  std::vector<Pointer> look_first;
  std::vector<File> files;
  std::vector<Missing> missing;
};

// Nothing when the application was not looked into.
std::optional<DiagnosisView> view_diagnosis(const history::History& history);

}  // namespace bhsim::report
