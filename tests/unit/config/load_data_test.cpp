// Data sets, captured values and expected headers of a load profile.

#include <gtest/gtest.h>

#include "framework/config/loaders.hpp"
#include "framework/config/validate.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

constexpr const char* kLogin =
    "  - {name: login, post: /login, json: {user: \"{users.name}\"}, capture: {token: {json: "
    "access_token}, id: {header: X-Id}}}\n";

class LoadProfileData : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_) << folder_.error().message;
    write("users.csv", "name,password,full name\nanna,secret,Anna A\nbob,x,\"B\nB\"\n");
  }
  [[nodiscard]] Path file(const std::string& name) const { return folder_->path() / name; }
  void write(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(write_file(file(name), text));
  }
  // A profile beside users.csv.
  [[nodiscard]] Result<LoadProfile> read(
      const std::string& operations, const std::string& data = "users: {file: users.csv}") const {
    write("l.yml", "load: x\nrate: 1/s\ndata: {" + data + "}\noperations:\n" + operations);
    return load_load_profile(file("l.yml"));
  }
  // What is complained of, with FOLDER/ for the test's folder.
  [[nodiscard]] std::string complaint(const std::string& operations,
                                      const std::string& data = "users: {file: users.csv}") const {
    const auto load = read(operations, data);
    if (load) return "no error";
    EXPECT_EQ(load.error().code, ErrorCode::config);
    std::string out = load.error().message;
    const std::string here = folder_->path().string();
    for (std::size_t at = 0; (at = out.find(here, at)) != std::string::npos;)
      out.replace(at, here.size(), "FOLDER");
    return out;
  }
  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-load-data");
};

TEST_F(LoadProfileData, DataCapturesAndExpectedHeaders_AreRead) {
  const auto load = read(
      std::string(kLogin) +
      "  - name: use\n    get: \"/u/{captured.id}?q={users.password}\"\n    headers: "
      "{Authorization: \"Bearer {captured.token}\"}\n    expect: {status: 200, header: {X-Kind: "
      "\"a b\"}}\n");
  ASSERT_TRUE(load) << load.error().message;
  ASSERT_EQ(load->data.size(), 1U);
  EXPECT_EQ(load->data[0], (LoadData{"users", file("users.csv"),
                                     sha256_file(file("users.csv")).value_or(""), "random"}));
  EXPECT_EQ(
      load->operations[0].captures,
      (std::vector<LoadCapture>{{"token", "json", "access_token"}, {"id", "header", "X-Id"}}));
  EXPECT_EQ(load->operations[0].body, R"({"user":"{users.name}"})");
  EXPECT_EQ(load->operations[1].expect_headers,
            (std::vector<std::pair<std::string, std::string>>{{"X-Kind", "a b"}}));
}

TEST_F(LoadProfileData, OperationsAlone_NeedNeitherNameNorRate) {
  const std::string text =
      "operations:\n  - {name: a, get: \"/{users.name}\"}\ndata: {users: "
      "{file: users.csv, pick: sequential}}\n";
  write("o.yml", text);
  const auto operations = load_operations(file("o.yml"));
  ASSERT_TRUE(operations) << operations.error().message;
  EXPECT_EQ(operations->operations.size(), 1U);
  EXPECT_EQ(operations->data[0].pick, "sequential");
  EXPECT_FALSE(load_load_profile(file("o.yml")));
  const auto validation = validate_file(file("o.yml"));
  ASSERT_TRUE(validation) << validation.error().message;
  EXPECT_EQ(validation->kind, "list of operations");
}

// The whole example of the documentation is one that the program reads.
TEST_F(LoadProfileData, ExampleOfTheDocumentation_IsRead) {
  const std::string text = read_file(kRoot / "docs/load.md").value_or("");
  const std::size_t begin = text.find("```yaml\n");
  ASSERT_NE(begin, std::string::npos);
  write("shop.yml", text.substr(begin + 8, text.find("```", begin + 8) - begin - 8));
  write("articles.csv", "id\n17\n");
  const auto operations = load_operations(file("shop.yml"));
  ASSERT_TRUE(operations) << operations.error().message;
  EXPECT_EQ(operations->operations.size(), 4U);
  EXPECT_EQ(operations->data.size(), 2U);
}

TEST_F(LoadProfileData, MissingFile_IsToldWithTheNearest) {
  EXPECT_EQ(
      complaint("  - {name: a, get: \"/{users.name}\"}\n", "users: {file: user.csv}"),
      "FOLDER/l.yml:3:22: file: read FOLDER/user.csv: No such file or directory; did you mean "
      "'users.csv'?");
}

TEST_F(LoadProfileData, RaggedRow_IsToldWithBothPlaces) {
  write("bad.csv", "a,b\n1,2\n3\n");
  EXPECT_EQ(complaint("  - {name: a, get: \"/{bad.c}\"}\n", "bad: {file: bad.csv}"),
            "FOLDER/l.yml:3:20: file: FOLDER/bad.csv:3:2: the row ends after 1 of 2 values; 'b' is "
            "missing");
}

TEST_F(LoadProfileData, WrongWords_NameTheNearest) {
  EXPECT_EQ(complaint("  - {name: a, get: \"/{users.nam}\"}\n"),
            "FOLDER/l.yml:5:20: get: unknown placeholder '{users.nam}'; did you mean "
            "'{users.name}'?");
  EXPECT_EQ(complaint("  - {name: a, get: \"/{user.name}\"}\n"),
            "FOLDER/l.yml:5:20: get: unknown placeholder '{user.name}'; did you mean "
            "'{users.name}'?");
  EXPECT_EQ(complaint(std::string(kLogin) + "  - {name: a, get: \"/{captured.tokn}\"}\n"),
            "FOLDER/l.yml:6:20: get: unknown placeholder '{captured.tokn}'; did you mean "
            "'{captured.token}'?");
  EXPECT_EQ(complaint("  - {name: a, get: /x}\n", "users: {file: users.csv, pick: randm}"),
            "FOLDER/l.yml:3:39: pick: found 'randm', expected one of random, sequential; did you "
            "mean 'random'?");
  EXPECT_EQ(complaint("  - {name: a, get: /x}\n", "users: {fil: users.csv}"),
            "FOLDER/l.yml:3:15: 'users' lacks 'file': a text\n"
            "FOLDER/l.yml:3:16: unknown key 'fil' in 'users'; did you mean 'file'?");
}

TEST_F(LoadProfileData, ValueUsedAboveItsCapture_IsRefused) {
  EXPECT_EQ(complaint("  - {name: a, get: \"/{captured.token}\"}\n" + std::string(kLogin)),
            "FOLDER/l.yml:5:20: get: '{captured.token}' is captured by an operation that does not "
            "stand above; put that one first");
}

TEST_F(LoadProfileData, LineBreakOfTheFileInAHeader_IsRefused) {
  write("h.csv", "x\nfine\n\"a\nb\"\n");
  EXPECT_EQ(
      complaint("  - {name: a, get: /x, headers: {X-A: \"{h.x}\"}}\n", "h: {file: h.csv}"),
      "FOLDER/l.yml:5:33: X-A: '{h.x}': FOLDER/h.csv:3:2: a control character, such as a line "
      "break, cannot stand in a header");
}

TEST_F(LoadProfileData, ImpossibleNamesAndSources_AreRefused) {
  const std::string plain = "  - {name: a, get: /x}\n";
  EXPECT_NE(complaint(plain, "captured: {file: users.csv}").find("is not a name for a data set"),
            std::string::npos);
  EXPECT_NE(complaint(plain, "a.b: {file: users.csv}").find("is not a name for a data set"),
            std::string::npos);
  const auto captures = [this](const std::string& what) {
    return complaint("  - {name: a, get: /x, capture: {" + what + "}}\n");
  };
  EXPECT_NE(captures("a.b: {json: x}").find("'a.b' is not a name"), std::string::npos);
  EXPECT_NE(captures("a: {}").find("'a' comes from one of {json: FIELD} and {header: NAME}"),
            std::string::npos);
  EXPECT_NE(captures("a: {json: x, header: y}").find("'a' comes from one of"), std::string::npos);
  EXPECT_NE(captures("a: x").find("found 'x', expected a mapping"), std::string::npos);
  EXPECT_NE(complaint("  - {name: a, head: /x, capture: {a: {json: x}}}\n").find("has no body"),
            std::string::npos);
}

TEST_F(LoadProfileData, UnknownPlaceholderInAHeader_IsTold) {
  EXPECT_EQ(complaint("  - {name: a, get: /x, headers: {X-A: \"{sk}\"}}\n"),
            "FOLDER/l.yml:5:33: X-A: unknown placeholder '{sk}'; did you mean '{sku}'?");
}

}  // namespace
}  // namespace bhsim::config
