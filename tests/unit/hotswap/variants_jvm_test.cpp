// Each variant against a real JVM: it says exactly what the table in variants.cpp expects of it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "class_files.hpp"
#include "framework/hotswap/variants.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::hotswap {
namespace {

using test::ChildProcess;
using test::subject;

// UnsupportedOperationException stands for several codes; its message tells which.
const std::map<int, std::string> kMessages = {{63, "attempted to add a method"},
                                              {64, "attempted to change the schema"},
                                              {66, "attempted to change superclass or interfaces"},
                                              {67, "attempted to delete a method"},
                                              {70, "attempted to change the class modifiers"},
                                              {71, "attempted to change method modifiers"},
                                              {72, "NestHost, NestMembers"}};

// All that JVMTI may answer to RedefineClasses about the class; 65, between them, is about a
// thread.
constexpr int kUnmodifiable = 79;
const std::set<int> kRefusals = {60, 61, 62, 63, 64, 66, 67, 68, 69, 70, 71, 72, kUnmodifiable};

struct Attempt {
  std::string class_name;
  VariantSpec spec;
  std::string thrown;    // with its message behind a tab; "none"
  std::string says;      // what the class says afterwards
  std::string replaces;  // the class that is redefined, where it is not that of the file
};

// All in one JVM, in order.
void redefine(std::vector<Attempt>& attempts) {
  auto folder = TemporaryDirectory::create("bhsim-variants");
  ASSERT_TRUE(folder);
  std::string list;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const auto bytes = make_variant(subject(attempts[i].class_name), attempts[i].spec);
    ASSERT_TRUE(bytes) << attempts[i].spec.kind << ": " << bytes.error().message;
    const Path file = folder->path() / (std::to_string(i) + ".class");
    ASSERT_TRUE(write_file(file, *bytes));
    const auto companion = make_companion(subject(attempts[i].class_name), attempts[i].spec);
    ASSERT_TRUE(companion);
    if (*companion) {
      const Path beside = folder->path() / class_file_path((*companion)->class_name);
      std::filesystem::create_directories(beside.parent_path());
      ASSERT_TRUE(write_file(beside, (*companion)->bytes));
    }
    const auto& replaced =
        attempts[i].replaces.empty() ? attempts[i].class_name : attempts[i].replaces;
    list += replaced + " " + file.string() + "\n";
  }
  ASSERT_TRUE(write_file(folder->path() / "list", list));
  const auto java = ChildProcess::start(
      {"java", "-Xshare:auto", "-XX:+UseSerialGC", "-Xmx64m",
       "-javaagent:" TEST_JAVA_DIR "/redefiner.jar", "-cp",
       TEST_JAVA_DIR "/subject:" TEST_JAVA_DIR "/agent:" + folder->path().string(), "Redefiner",
       (folder->path() / "list").string()});
  ASSERT_TRUE(java);
  for (Attempt& attempt : attempts) {
    const auto thrown = java->line(std::chrono::seconds(60));
    ASSERT_TRUE(thrown) << "the JVM said nothing about " << attempt.spec.kind;
    attempt.thrown = *thrown;
    const auto says = java->line(std::chrono::seconds(60));
    ASSERT_TRUE(says);
    attempt.says = *says;
  }
  EXPECT_EQ(java->wait(), 0);
}

void print_row(const Attempt& attempt, std::string_view variant, int code) {
  const auto& replaced = attempt.replaces.empty() ? attempt.class_name : attempt.replaces;
  fmt::print("{:<19} {:<17} {:>4}  {}\n", replaced, variant, code, attempt.thrown);
}

// The one refusal that no class file brings about, so that no variant stands for it.
void expect_unmodifiable(const Attempt& attempt) {
  print_row(attempt, "(any class file)", kUnmodifiable);
  EXPECT_TRUE(attempt.thrown.starts_with("java.lang.instrument.UnmodifiableClassException\t"))
      << attempt.thrown;
}

TEST(VariantsJvm, EveryKind_IsTakenOrRefusedWithTheCodeOfItsTable) {
  std::vector<Attempt> attempts;
  std::int64_t generation = 0;
  for (const char* class_name : {"Subject", "named.deep.Named"}) {
    for (const VariantKind& kind : variant_kinds()) {
      attempts.push_back(
          {class_name, {.kind = std::string(kind.name), .generation = ++generation}, "", "", ""});
    }
  }
  attempts.push_back({"Subject", {.generation = ++generation}, "", "", "[Ljava.lang.String;"});
  redefine(attempts);
  std::map<std::string, std::string> in_force = {{"Subject", "bhsim-generation:0"},
                                                 {"named.deep.Named", "bhsim-generation:0"}};
  std::set<int> refusals{kUnmodifiable};
  fmt::print("{:<19} {:<17} {:>4}  {}\n", "class", "variant", "code", "the JVM");
  expect_unmodifiable(attempts.back());
  attempts.pop_back();
  for (const Attempt& attempt : attempts) {
    const VariantKind& kind = *find_variant(attempt.spec.kind);
    print_row(attempt, kind.name, kind.jvmti);
    const std::string type = attempt.thrown.substr(0, attempt.thrown.find('\t'));
    EXPECT_EQ(type, kind.valid ? "none" : kind.throws) << attempt.spec.kind;
    if (const auto message = kMessages.find(kind.jvmti); message != kMessages.end()) {
      EXPECT_NE(attempt.thrown.find(message->second), std::string::npos) << attempt.thrown;
    }
    if (kind.name == "throws") {
      in_force[attempt.class_name] = "java.lang.NullPointerException";
    } else if (kind.valid) {
      in_force[attempt.class_name] = "bhsim-generation:" + std::to_string(attempt.spec.generation);
    } else {
      refusals.insert(kind.jvmti);
    }
    EXPECT_EQ(attempt.says, in_force[attempt.class_name]) << attempt.spec.kind;
  }
  EXPECT_EQ(refusals, kRefusals) << "every refusal of the JVM is provoked";
}

TEST(VariantsJvm, CutAnywhere_IsAFormatErrorAndTheOldVersionStays) {
  const std::size_t size = make_variant(subject("Subject"), {.generation = 1}).value().size();
  std::vector<Attempt> attempts;
  // Every length through the header and the first constants, then by a prime step, and the last
  // bytes.
  for (std::size_t at = 0; at < size; at += at < 40 || at + 20 > size ? 1 : 17) {
    attempts.push_back(
        {"Subject", {.kind = "truncated", .generation = 1, .truncate_at = at}, "", "", ""});
  }
  attempts.push_back({"Subject", {.generation = 2}, "", "", ""});
  redefine(attempts);
  for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
    EXPECT_TRUE(attempts[i].thrown.starts_with("java.lang.ClassFormatError"))
        << "cut at " << *attempts[i].spec.truncate_at << ": " << attempts[i].thrown;
    EXPECT_EQ(attempts[i].says, "bhsim-generation:0");
  }
  EXPECT_EQ(attempts.back().thrown, "none");
  EXPECT_EQ(attempts.back().says, "bhsim-generation:2");
}

TEST(VariantsJvm, ManyGenerations_AreServedOneAfterTheOther) {
  std::vector<Attempt> attempts;
  for (std::int64_t generation = 1; generation <= 200; ++generation) {
    attempts.push_back({"named.deep.Named", {.generation = generation}, "", "", ""});
  }
  redefine(attempts);
  for (const Attempt& attempt : attempts) {
    EXPECT_EQ(attempt.thrown, "none");
    EXPECT_EQ(attempt.says, "bhsim-generation:" + std::to_string(attempt.spec.generation));
  }
}

}  // namespace
}  // namespace bhsim::hotswap
