#pragma once
// Speaks to the helper as a plain process, line by line.

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "framework/base/files.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::test {

using Json = nlohmann::json;

inline std::string helper_program() { return BHSIM_HELPER; }

class HelperTest : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    auto folder = TemporaryDirectory::create("bhsim-helper");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
    start({});
  }
  void start(const std::vector<std::string>& options) {
    std::vector<std::string> command{helper_program(), "serve"};
    command.insert(command.end(), options.begin(), options.end());
    helper = ChildProcess::start(command);
    ASSERT_TRUE(helper);
    hello = next();
    ASSERT_TRUE(hello.contains("hello")) << hello;
  }
  std::string path(const std::string& name) const { return (folder_->path() / name).string(); }
  void put(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file(path(name), content));
  }
  std::string get(const std::string& name) const {
    return read_file(path(name)).value_or("(none)");
  }

  // The next line; null at the end or after half a minute.
  Json next() {
    const auto line = helper->line();
    return line ? Json::parse(*line, nullptr, false) : Json();
  }
  // The answer to the request; ticks in between are skipped.
  Json ask(Json request) {
    request["id"] = ++last_id_;
    helper->write(request.dump() + "\n");
    while (true) {
      Json answer = next();
      if (answer.is_null() || !answer.contains("tick")) {
        EXPECT_EQ(answer.value("id", Json()), last_id_);
        return answer;
      }
    }
  }
  Json must(Json request) {
    Json answer = ask(std::move(request));
    EXPECT_EQ(answer["ok"], true) << answer;
    return answer;
  }
  // The code of a request that has to fail.
  std::string refused(Json request) {
    const Json answer = ask(std::move(request));
    EXPECT_EQ(answer["ok"], false) << answer;
    EXPECT_FALSE(answer.value("error", "").empty());
    return answer.value("code", "");
  }

  std::unique_ptr<ChildProcess> helper;
  Json hello;

 private:
  std::optional<TemporaryDirectory> folder_;
  int last_id_ = 0;
};

}  // namespace bhsim::test
