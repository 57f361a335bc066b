#pragma once
// The class files that the tests of this folder work on.

#include <gtest/gtest.h>

#include <string>

#include "framework/base/files.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::test {

// A class compiled from tests/unit/hotswap/java/subject, by its name with dots.
inline std::string subject(std::string_view class_name) {
  auto bytes =
      read_file(std::string(TEST_JAVA_DIR "/subject/") + hotswap::class_file_path(class_name));
  if (!bytes) {
    ADD_FAILURE() << bytes.error().message;
    return {};
  }
  return *bytes;
}

inline std::string application_classes() { return BHSIM_BINARY_DIR "/docker/app/classes"; }

}  // namespace bhsim::test
