#pragma once
// JSON held against a schema of docs/ by a program of others (Debian package python3-jsonschema):
// what it refuses, a reader may refuse.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/base/files.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::test {

// Whether every document follows the schema; which one does not, and why, is on standard error.
inline bool follow_schema(const std::vector<std::string>& documents, const Path& schema) {
  const auto folder = TemporaryDirectory::create("bhsim-json-schema");
  if (!folder) {
    ADD_FAILURE() << folder.error().message;
    return false;
  }
  std::vector<std::string> command = {"/usr/bin/python3", "-m", "jsonschema"};
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Path file = folder->path() / fmt::format("{}.json", i);
    EXPECT_TRUE(write_file(file, documents[i]));
    command.insert(command.end(), {"-i", file.string()});
  }
  command.push_back(schema.string());
  const auto child = ChildProcess::start(std::move(command));
  if (!child) return false;
  child->close_input();
  while (child->read(std::chrono::seconds(30))) {
  }
  return child->wait() == 0;
}

}  // namespace bhsim::test
