// What the application's image is made from: the same on every machine, and the same as
// docker/Dockerfile makes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "framework/runner/images.hpp"

namespace bhsim::runner {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A build's output in miniature, made as somebody with this umask makes it.
class Built {
 public:
  explicit Built(fs::perms denied) : denied_(denied) {
    file("base/rootfs/jre/bin/java", "a program", fs::perms::owner_all | fs::perms::group_exec);
    file("base/rootfs/jre/lib/modules", "classes");
    file("base/rootfs/etc/passwd", "root:x:0:0:root:/:/none\n");
    fs::create_directories(root() / "base/rootfs/tmp");
    fs::create_symlink("java", root() / "base/rootfs/jre/bin/link");
    file("app/classes/com/example/A.class", "bytes");
    file("helper/bhsim-helper", "a program", fs::perms::all);
  }

  [[nodiscard]] Path root() const { return folder_.path(); }
  [[nodiscard]] ImageSources sources() const { return image_sources(root()); }

  void file(const std::string& name, const std::string& content,
            fs::perms mode = fs::perms::owner_read | fs::perms::owner_write |
                             fs::perms::group_read | fs::perms::others_read) {
    const Path path = root() / name;
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(write_file(path, content));
    fs::permissions(path, mode & ~denied_);
  }

 private:
  fs::perms denied_;
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-images"));
};

std::string address(const Built& built) {
  return *address_of(*jre_files(built.sources())) +
         *address_of(*application_files(built.sources(), "jre"));
}

TEST(ImageFiles, TheSameBuildElsewhereLaterAndWithAnotherUmask_HasTheSameAddress) {
  const Built one(fs::perms::none);
  const Built other(fs::perms::group_all | fs::perms::others_all);
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(10000);
  for (const auto& entry : fs::recursive_directory_iterator(other.root()))
    if (!entry.is_symlink()) fs::last_write_time(entry.path(), long_ago);
  EXPECT_EQ(address(one), address(other));
}

TEST(ImageFiles, AnotherByteOrAProgramThatIsNone_HasAnotherAddress) {
  const Built usual(fs::perms::none);
  Built byte(fs::perms::none);
  byte.file("app/classes/com/example/A.class", "Bytes");
  EXPECT_NE(address(usual), address(byte));
  const Built not_runnable(fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec);
  EXPECT_NE(address(usual), address(not_runnable));
}

TEST(ImageFiles, OnlyItsOwnFoldersBelongToTheApplication) {
  const Built built(fs::perms::none);
  const auto files = application_files(built.sources(), "jre");
  ASSERT_TRUE(files);
  for (const auto& file : *files) {
    if (file.type == engine::TarEntry::Type::symlink) continue;
    EXPECT_EQ(file.uid, file.path.starts_with("owned/") ? 10001 : 0) << file.path;
    EXPECT_EQ(file.mode & 0022U, 0U) << file.path << " may be written by others";
  }
}

TEST(ImageFiles, ABuildThatIsNotThere_IsNamed) {
  const auto files = application_files(image_sources("/nonexistent"), "jre");
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message, HasSubstr("/nonexistent/app/classes"));
}

// The instructions of a Dockerfile's last stage, without comments.
std::vector<std::string> last_stage(const std::string& dockerfile) {
  std::vector<std::string> instructions;
  std::istringstream in(dockerfile);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("FROM ")) instructions.clear();
    if (!line.empty() && line.front() != '#') instructions.push_back(line);
  }
  return instructions;
}

// Where both ways differ: their base, and where the copied files come from.
std::vector<std::string> comparable(std::vector<std::string> instructions) {
  instructions.erase(instructions.begin());
  for (auto& line : instructions) {
    line = std::regex_replace(line, std::regex("--from=build "), "");
    line = std::regex_replace(line, std::regex("^(COPY .*)/image/"), "$1");
  }
  return instructions;
}

TEST(ImageFiles, TheDockerfile_MakesTheSameImage) {
  const auto text = read_file(Path(BHSIM_SOURCE_DIR) / "docker" / "Dockerfile");
  ASSERT_TRUE(text);
  const Built built(fs::perms::none);
  const auto files = application_files(built.sources(), "jre");
  ASSERT_TRUE(files);
  EXPECT_EQ(comparable(last_stage(files->front().content)), comparable(last_stage(*text)));
  for (const auto* instruction : {"USER 10001:10001", "EXPOSE 8080", "STOPSIGNAL SIGTERM"})
    EXPECT_THAT(last_stage(*text), testing::Contains(instruction));
  // Every folder and place that images.cpp knows is made by the stage before.
  for (const auto& file : *files) {
    if (file.path.starts_with("owned/")) {
      EXPECT_THAT(*text, HasSubstr(" /image/" + file.path + " "));
    }
    if (file.path.ends_with("bhsim-helper")) {
      EXPECT_THAT(*text, HasSubstr("-m 755 /build/docker/helper/bhsim-helper /image/" + file.path));
    }
  }
  EXPECT_THAT(*text, HasSubstr("/build/docker/app/classes/. /image/rootfs/app/"));
  EXPECT_THAT(*text, HasSubstr("chmod 1777 /image/rootfs/tmp"));
}

}  // namespace
}  // namespace bhsim::runner
