#pragma once
// What a file of test results in JUnit's XML says, as ctest (--output-junit) and others write it.

#include "checks/assess.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::cli {

// A test whose program is not there has failed, whatever the file calls it. Refused, with code
// usage, when the file is not there or is not such a file.
Result<checks::TestResults> read_test_results(const Path& file);

}  // namespace bhsim::cli
