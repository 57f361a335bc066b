#include <fcntl.h>
#include <sys/stat.h>

#include <thread>

#include "framework/base/clock.hpp"
#include "framework/sidecar/protocol.hpp"
#include "helper_client.hpp"

namespace bhsim::test {
namespace {

using sidecar::protocol::from_base64;
using sidecar::protocol::to_base64;

class FileCommands : public HelperTest {
 protected:
  Json item(const std::string& name, const std::string& content, const std::string& way) {
    return {{"path", path(name)}, {"bytes", to_base64(content)}, {"way", way}};
  }
  ino_t inode(const std::string& name) {
    struct stat info {};
    return ::stat(path(name).c_str(), &info) == 0 ? info.st_ino : 0;
  }
  std::size_t entries() {
    const std::filesystem::directory_iterator all(std::filesystem::path(path("x")).parent_path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
};

TEST_F(FileCommands, DeliverByRename_ReplacesTheFileAtOnceAndKeepsItsMode) {
  put("A.class", "old");
  ASSERT_EQ(::chmod(path("A.class").c_str(), 0640), 0);
  const ino_t before = inode("A.class");
  const std::int64_t t0 = to_ns(system_clock().now());
  const Json answer =
      must({{"do", "deliver"},
            {"items", {item("A.class", std::string("new\0bytes", 9), "rename+touch")}}});
  const Json& times = answer["items"][0];
  EXPECT_LE(t0, times["t_write"]);
  EXPECT_LE(times["t_write"], times["t_rename"]);
  EXPECT_LE(times["t_rename"], times["t_done"]);
  EXPECT_LE(times["t_done"], to_ns(system_clock().now()));
  EXPECT_EQ(get("A.class"), std::string("new\0bytes", 9));
  EXPECT_NE(inode("A.class"), before);
  struct stat info {};
  ASSERT_EQ(::stat(path("A.class").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileCommands, OverwriteAndInPlace_KeepTheFile) {
  put("A.class", "a long old content");
  const ino_t before = inode("A.class");
  must({{"do", "deliver"}, {"items", {item("A.class", "in place", "in-place")}}});
  EXPECT_EQ(get("A.class"), "in place");
  const Json answer = must({{"do", "deliver"}, {"items", {item("A.class", "over", "overwrite")}}});
  EXPECT_EQ(get("A.class"), "over");
  EXPECT_EQ(inode("A.class"), before);
  EXPECT_FALSE(answer["items"][0].contains("t_rename"));
}

TEST_F(FileCommands, DeliverIntoAPackageThatIsNotThereYet_MakesItsFolders) {
  must({{"do", "deliver"}, {"items", {item("com/example/A.class", "x", "rename+touch")}}});
  EXPECT_EQ(get("com/example/A.class"), "x");
}

TEST_F(FileCommands, DeliverSeveral_FailingOneLeavesNothingStaged) {
  ASSERT_TRUE(std::filesystem::create_directory(path("D.class")));  // cannot be renamed over
  const Json answer = ask({{"do", "deliver"},
                           {"items",
                            {item("A.class", "a", "rename"), item("D.class", "d", "rename"),
                             item("E.class", "e", "rename")}}});
  EXPECT_EQ(answer["ok"], false);
  EXPECT_NE(answer["error"].get<std::string>().find("delivered before it: 1 of 3"),
            std::string::npos);
  EXPECT_EQ(entries(), 2U);
}

TEST_F(FileCommands, DeliverWithBadArguments_IsAUsageErrorAndWritesNothing) {
  EXPECT_EQ(refused({{"do", "deliver"}}), "usage");
  EXPECT_EQ(refused({{"do", "deliver"}, {"items", Json::array()}}), "usage");
  EXPECT_EQ(refused({{"do", "deliver"}, {"items", {1}}}), "usage");
  EXPECT_EQ(refused({{"do", "deliver"}, {"items", {item("A", "a", "by pigeon")}}}), "usage");
  Json bad = item("A", "a", "rename");
  bad["bytes"] = "!!!";
  EXPECT_EQ(refused({{"do", "deliver"}, {"items", {item("B", "b", "rename"), bad}}}), "usage");
  EXPECT_EQ(entries(), 0U);
}

TEST_F(FileCommands, HalfWritten_StandsThereUntilItIsFinished) {
  Json request = item("A.class", "0123456789", "overwrite");
  request["do"] = "deliver_half";
  request["first"] = 4;
  const Json answer = must(request);
  EXPECT_EQ(get("A.class"), "0123");
  must({{"do", "finish_half"}, {"token", answer["token"]}});
  EXPECT_EQ(get("A.class"), "0123456789");
  EXPECT_EQ(refused({{"do", "finish_half"}, {"token", answer["token"]}}), "not_found");
  request["way"] = "rename";
  EXPECT_EQ(refused(request), "usage");
}

TEST_F(FileCommands, HalfWrittenFiles_AreBounded) {
  Json request = item("A.class", "0123456789", "overwrite");
  request["do"] = "deliver_half";
  request["first"] = 4;
  for (std::size_t i = 0; i < sidecar::protocol::kMostHalves; ++i) must(request);
  EXPECT_EQ(refused(request), "conflict");
}

TEST_F(FileCommands, StageAndRename_AreTwoSteps) {
  const Json staged = must({{"do", "stage"}, {"path", path("A.class")}, {"bytes", to_base64("x")}});
  const std::filesystem::path name = staged["staged"].get<std::string>();
  EXPECT_EQ(name.parent_path(), std::filesystem::path(path("A.class")).parent_path());
  EXPECT_TRUE(name.filename().string().starts_with("."));
  EXPECT_FALSE(name.string().ends_with(".class"));
  EXPECT_EQ(get("A.class"), "(none)");
  must({{"do", "rename"}, {"from", staged["staged"]}, {"to", path("A.class")}});
  EXPECT_EQ(get("A.class"), "x");
}

TEST_F(FileCommands, Special_MakesEachKind) {
  for (const std::string kind : {"fifo", "socket", "directory", "symlink"}) {
    must({{"do", "special"}, {"path", path(kind)}, {"kind", kind}, {"target", "nowhere"}});
    EXPECT_EQ(must({{"do", "stat"}, {"path", path(kind)}})["type"], kind);
    EXPECT_EQ(refused({{"do", "special"}, {"path", path(kind)}, {"kind", kind}, {"target", "x"}}),
              kind == "socket" ? "io" : "conflict");
    must({{"do", "remove"}, {"path", path(kind)}});
    EXPECT_EQ(must({{"do", "stat"}, {"path", path(kind)}})["exists"], false);
  }
  EXPECT_EQ(refused({{"do", "special"}, {"path", path("x")}, {"kind", "device"}}), "usage");
}

TEST_F(FileCommands, RemoveOfWhatIsNotThere_IsNoError) {
  must({{"do", "remove"}, {"path", path("nothing")}});
  put("file", "x");
  ASSERT_TRUE(std::filesystem::create_directory(path("folder")));
  ASSERT_TRUE(std::filesystem::create_directory(path("folder/in")));
  EXPECT_EQ(refused({{"do", "remove"}, {"path", path("folder")}}), "conflict");
}

TEST_F(FileCommands, Space_IsThatOfTheFileSystem) {
  const Json space = must({{"do", "space"}, {"path", path("")}});
  EXPECT_GT(space["total"].get<std::int64_t>(), 0);
  EXPECT_LE(space["free"], space["total"]);
  EXPECT_TRUE(space["in_memory"].is_boolean());
  EXPECT_EQ(must({{"do", "space"}, {"path", "/dev/shm"}})["in_memory"], true);
  EXPECT_EQ(refused({{"do", "space"}, {"path", path("nothing")}}), "not_found");
}

// Put there it would hold up the whole machine's network: that is tried in a container's
// (tests/integration/faults/live_test.cpp).
TEST_F(FileCommands, Queue_OfOurs_IsNotThere) {
  EXPECT_EQ(must({{"do", "queue"}})["ours"], false);
  must({{"do", "unshape"}});
  EXPECT_EQ(refused({{"do", "shape"}}), "usage");
  EXPECT_EQ(refused({{"do", "delay"}, {"delay", -1}}), "usage");
}

TEST_F(FileCommands, ModeAndOwner_AreChanged) {
  put("file", "x");
  must({{"do", "chmod"}, {"path", path("file")}, {"mode", 0}});
  must({{"do", "chown"}, {"path", path("file")}, {"uid", ::getuid()}, {"gid", ::getgid()}});
  const Json stat = must({{"do", "stat"}, {"path", path("file")}});
  EXPECT_EQ(stat["mode"], 0);
  EXPECT_EQ(stat["uid"], ::getuid());
  EXPECT_EQ(stat["size"], 1);
  EXPECT_EQ(refused({{"do", "chmod"}, {"path", path("nothing")}, {"mode", 0}}), "not_found");
}

TEST_F(FileCommands, Touch_ChangesTheTimeOnly) {
  put("file", "x");
  const auto before = must({{"do", "stat"}, {"path", path("file")}});
  must({{"do", "touch"}, {"path", path("file")}});
  const auto after = must({{"do", "stat"}, {"path", path("file")}});
  EXPECT_LE(before["modified"], after["modified"]);
  EXPECT_EQ(before["inode"], after["inode"]);
  EXPECT_EQ(refused({{"do", "touch"}, {"path", path("nothing")}}), "not_found");
}

TEST_F(FileCommands, Digest_IsThatOfTheContent) {
  const std::string content(200'000, 'z');
  put("file", content);
  EXPECT_EQ(must({{"do", "digest"}, {"path", path("file")}})["sha256"], sha256_hex(content));
  EXPECT_EQ(refused({{"do", "digest"}, {"path", path("nothing")}}), "not_found");
  must({{"do", "special"}, {"path", path("pipe")}, {"kind", "fifo"}});
  EXPECT_EQ(refused({{"do", "digest"}, {"path", path("pipe")}}), "conflict")
      << "and does not wait for a writer";
}

TEST_F(FileCommands, Tail_FollowsALogThatGrowsIsCutAndIsReplaced) {
  put("log", "one\ntwo\n");
  const auto tail = [&](std::int64_t offset, std::uint64_t inode = 0) {
    return must({{"do", "tail"},
                 {"path", path("log")},
                 {"offset", offset},
                 {"limit", 5},
                 {"inode", inode}});
  };
  Json piece = tail(0);
  EXPECT_EQ(from_base64(piece["bytes"].get<std::string>()), "one\nt");
  EXPECT_EQ(piece["size"], 8);
  EXPECT_EQ(from_base64(tail(5)["bytes"].get<std::string>()), "wo\n");
  EXPECT_EQ(tail(8)["bytes"], "");
  ASSERT_EQ(::truncate(path("log").c_str(), 2), 0);
  piece = tail(8);
  EXPECT_EQ(piece["offset"], 0);
  EXPECT_EQ(from_base64(piece["bytes"].get<std::string>()), "on");
  const std::uint64_t old = piece["inode"];
  put("log", "another, longer file");  // by rename: another inode
  piece = tail(8, old);
  EXPECT_EQ(piece["offset"], 0);
  EXPECT_EQ(from_base64(piece["bytes"].get<std::string>()), "anoth");
}

TEST_F(FileCommands, ListAndUsage_TellWhatIsThere) {
  put("b", std::string(10'000, 'x'));
  ASSERT_TRUE(std::filesystem::create_directory(path("folder")));
  put("folder/c", std::string(10'000, 'x'));
  const Json listed = must({{"do", "list"}, {"path", path("")}});
  EXPECT_EQ(listed["entries"].size(), 2U);
  EXPECT_EQ(listed["complete"], true);
  const Json usage = must({{"do", "usage"}, {"path", path("")}});
  EXPECT_EQ(usage["files"], 3);
  EXPECT_GE(usage["bytes"], 20'000);
  EXPECT_EQ(must({{"do", "usage"}, {"path", path("")}, {"most", 2}})["complete"], false);
  EXPECT_EQ(refused({{"do", "list"}, {"path", path("nothing")}}), "not_found");
  EXPECT_EQ(refused({{"do", "usage"}, {"path", path("nothing")}}), "not_found");
}

TEST_F(FileCommands, NamesThatAreNotUtf8_AreListedAllTheSame) {
  put("bad\xff\xfename", "x");
  EXPECT_EQ(must({{"do", "list"}, {"path", path("")}})["entries"].size(), 1U);
}

TEST_F(FileCommands, Fill_WritesThatManyBytesAndNeverOverAFile) {
  EXPECT_EQ(must({{"do", "fill"}, {"path", path("filler")}, {"bytes", 3'000'000}})["size"],
            3'000'000);
  EXPECT_EQ(get("filler").size(), 3'000'000U);
  EXPECT_EQ(refused({{"do", "fill"}, {"path", path("filler")}, {"bytes", 1}}), "conflict");
}

TEST_F(FileCommands, Lease_HoldsUpAReaderUntilItIsReleased) {
  put("file", "content");
  const Json taken = ask({{"do", "take_lease"}, {"path", path("file")}});
  if (taken["ok"] != true) GTEST_SKIP() << "no leases on this file system: " << taken["error"];
  EXPECT_EQ(refused({{"do", "take_lease"}, {"path", path("file")}}), "conflict");
  // Non-blocking first: the kernel says that a lease is in the way, and signals its holder.
  const int refused_fd = ::open(path("file").c_str(), O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(refused_fd, -1);
  EXPECT_EQ(errno, EWOULDBLOCK);
  std::string read;
  std::thread reader([&] { read = get("file"); });
  const Json released = must({{"do", "release_lease"}, {"path", path("file")}});
  reader.join();
  EXPECT_GE(released["held_up"], 1);
  EXPECT_EQ(read, "content");
  EXPECT_EQ(refused({{"do", "release_lease"}, {"path", path("file")}}), "not_found");
}

}  // namespace
}  // namespace bhsim::test
