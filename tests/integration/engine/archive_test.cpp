// Point 11: copies, and the tmpfs that swallows them.

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::test {
namespace {

using engine::TarEntry;

struct ArchiveTest : EngineTest {
  void container_has(const json& change) {
    engine.expect("GET /containers/c1/json", say(http(200, inspected(change))));
  }
  Result<void> put(std::string_view folder) {
    const auto client = engine.client();
    return engine::put_archive(client, "c1", folder, {{.path = "a", .content = "text"}});
  }
  Result<std::vector<TarEntry>> get(std::string_view path) {
    const auto client = engine.client();
    return engine::get_archive(client, "c1", path);
  }

  const json kTmpfs =
      json::parse(R"({"HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/tmp"}]}})");
};

TEST_F(ArchiveTest, PutIntoATmpfs_IsRefusedAndNothingIsSent) {
  for (const auto* folder : {"/tmp", "/tmp/", "/tmp/deep/er", "tmp", "/a/../tmp"}) {
    container_has(kTmpfs);
    EXPECT_TRUE(fails_as(put(folder), ErrorCode::unsupported, "/tmp is a tmpfs")) << folder;
  }
  EXPECT_EQ(engine.last().method, "GET");
}
TEST_F(ArchiveTest, GetFromATmpfs_IsRefused) {
  container_has(kTmpfs);
  EXPECT_TRUE(fails_as(get("/tmp/file"), ErrorCode::unsupported, "tmpfs"));
}
TEST_F(ArchiveTest, TmpfsByAnyOfItsThreeSpellings_IsSeen) {
  for (const auto* change : {R"({"HostConfig":{"Tmpfs":{"/run":"size=1m"}}})",
                             R"({"Mounts":[{"Type":"tmpfs","Destination":"/run"}]})",
                             R"({"HostConfig":{"Mounts":[{"Type":"tmpfs","Target":"/run/"}]}})"}) {
    container_has(json::parse(change));
    EXPECT_TRUE(fails_as(put("/run/x"), ErrorCode::unsupported)) << change;
  }
  container_has({});
  EXPECT_TRUE(fails_as(put("/dev/shm"), ErrorCode::unsupported));
}
TEST_F(ArchiveTest, BesideATmpfs_IsNotRefused) {
  container_has(kTmpfs);
  engine.expect("PUT /containers/c1/archive", say(http(200, "")));
  EXPECT_TRUE(put("/tmpfile"));
}
TEST_F(ArchiveTest, VolumeBelowATmpfs_IsNotRefused) {
  json change = kTmpfs;
  change["Mounts"] = json::parse(R"([{"Type":"volume","Destination":"/tmp/classes"}])");
  container_has(change);
  engine.expect("PUT /containers/c1/archive", say(http(200, "")));
  EXPECT_TRUE(put("/tmp/classes/app"));
}

TEST_F(ArchiveTest, Put_SendsATarThatReadsBack) {
  container_has({});
  engine.expect("PUT /containers/c1/archive", say(http(200, "")));
  ASSERT_TRUE(put("/given files"));
  const auto asked = engine.last();
  EXPECT_EQ(asked.parameter("path"), "/given files");
  EXPECT_EQ(asked.header("content-type"), "application/x-tar");
  const auto entries = engine::read_tar(asked.body, 1'000);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ((*entries)[0].content, "text");
}
TEST_F(ArchiveTest, Get_ReadsWhatTheEngineSends) {
  const auto tar = engine::make_tar({{.path = "f", .content = std::string(3'000, 'x')}});
  container_has({});
  engine.expect("GET /containers/c1/archive", split(http(200, *tar), 700));
  const auto entries = get("/f");
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(entries->at(0).content.size(), 3'000U);
}
TEST_F(ArchiveTest, TarCutInItsMiddle_IsAnError) {
  const auto tar = engine::make_tar({{.path = "f", .content = std::string(3'000, 'x')}});
  container_has({});
  engine.expect("GET /containers/c1/archive", say(http(200, tar->substr(0, 2'000))));
  EXPECT_TRUE(fails_as(get("/f"), ErrorCode::protocol));
}
TEST_F(ArchiveTest, AbsentPath_IsNotFound) {
  container_has({});
  engine.expect("GET /containers/c1/archive", say(http(404, R"({"message":"Could not find"})")));
  EXPECT_TRUE(fails_as(get("/none"), ErrorCode::not_found, "Could not find"));
}

}  // namespace
}  // namespace bhsim::test
