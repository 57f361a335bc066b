// The typed calls against the real helper as a process of this machine.

#include "framework/sidecar/sidecar.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "scripted_helper.hpp"
#include "tests/support/local_sidecar.hpp"
#include "tests/support/loopback.hpp"

namespace bhsim::sidecar {
namespace {

using namespace std::chrono_literals;

class SidecarTest : public testing::Test {
 protected:
  void SetUp() override {
    local_ = test::start_local_sidecar();
    ASSERT_TRUE(local_.sidecar);
    auto folder = TemporaryDirectory::create("bhsim-sidecar");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  Sidecar& sidecar() { return *local_.sidecar; }
  test::ChildProcess& helper() { return *local_.helper; }
  std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  std::string get(const std::string& name) { return read_file(path(name)).value_or("(none)"); }

 private:
  test::LocalSidecar local_;
  std::optional<TemporaryDirectory> folder_;
};

TEST_F(SidecarTest, Deliver_WritesAndTellsTheTimes) {
  const Time before = system_clock().now();
  const auto times =
      sidecar().deliver({.path = path("A.class"), .content = std::string("a\0b", 3)});
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_EQ(get("A.class"), std::string("a\0b", 3));
  EXPECT_LE(before, times->t_write);
  ASSERT_TRUE(times->t_rename);
  EXPECT_LE(times->t_write, *times->t_rename);
  EXPECT_LE(times->t_done, system_clock().now());
}

TEST_F(SidecarTest, FileOfTheLargestSize_IsDelivered) {
  const std::string content(kMostFileBytes, 'x');
  ASSERT_TRUE(
      sidecar().deliver({.path = path("big"), .content = content}, std::chrono::minutes(1)));
  EXPECT_EQ(get("big"), content);
  EXPECT_EQ(sidecar().digest(path("big")).value(), sha256_hex(content));
  const auto larger = sidecar().deliver({.path = path("big"), .content = content + "x"});
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code, ErrorCode::usage);
}

TEST_F(SidecarTest, HalfDelivery_IsFinishedByItsToken) {
  const auto half =
      sidecar().deliver_half({.path = path("A"), .content = "01234567", .way = Way::overwrite}, 3);
  ASSERT_TRUE(half) << half.error().message;
  EXPECT_EQ(get("A"), "012");
  ASSERT_TRUE(sidecar().finish_half(half->token));
  EXPECT_EQ(get("A"), "01234567");
  EXPECT_EQ(sidecar().finish_half(half->token).error().code, ErrorCode::not_found);
}

TEST_F(SidecarTest, ProcessCpu_GrowsWithItsTime) {
  const auto first = sidecar().process_cpu();
  ASSERT_TRUE(first) << first.error().message;
  const auto second = sidecar().process_cpu();
  ASSERT_TRUE(second);
  EXPECT_GT(first->used, Nanos{});
  EXPECT_GE(second->used, first->used);
  EXPECT_GT(second->t, first->t);
}

TEST_F(SidecarTest, ThreadCpu_IsByName) {
  const auto threads = sidecar().thread_cpu();
  ASSERT_TRUE(threads) << threads.error().message;
  EXPECT_FALSE(threads->empty());
}

TEST_F(SidecarTest, StageRenameTouchRemove_DoWhatTheySay) {
  const auto staged = sidecar().stage(path("A"), "content");
  ASSERT_TRUE(staged);
  ASSERT_TRUE(sidecar().rename(*staged, path("A")));
  EXPECT_EQ(get("A"), "content");
  ASSERT_TRUE(sidecar().touch(path("A")));
  ASSERT_TRUE(sidecar().remove(path("A")));
  ASSERT_TRUE(sidecar().remove(path("A")));
  EXPECT_FALSE(sidecar().stat(path("A")).value());
}

TEST_F(SidecarTest, Stat_TellsWhatIsThere) {
  ASSERT_TRUE(write_file(path("A"), "12345"));
  ASSERT_TRUE(sidecar().chmod(path("A"), 0600));
  ASSERT_TRUE(sidecar().chown(path("A"), ::getuid(), ::getgid()));
  const auto stat = sidecar().stat(path("A"));
  ASSERT_TRUE(stat && *stat);
  EXPECT_EQ((*stat)->type, "file");
  EXPECT_EQ((*stat)->size, 5);
  EXPECT_EQ((*stat)->mode, 0600U);
  EXPECT_EQ((*stat)->uid, ::getuid());
  EXPECT_LT(std::chrono::abs((*stat)->modified - system_clock().wall()), 1h);
}

TEST_F(SidecarTest, SpecialFiles_AreListedWithTheirTypes) {
  ASSERT_TRUE(sidecar().make_special(path("1fifo"), SpecialKind::fifo));
  ASSERT_TRUE(sidecar().make_special(path("2socket"), SpecialKind::socket));
  ASSERT_TRUE(sidecar().make_special(path("3directory"), SpecialKind::directory));
  ASSERT_TRUE(sidecar().make_special(path("4symlink"), SpecialKind::symlink, "/nowhere"));
  const auto entries = sidecar().list(path(""));
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 4U);
  for (const auto& entry : *entries) EXPECT_EQ(entry.type, entry.name.substr(1));
}

TEST_F(SidecarTest, Tail_GivesWhatIsNew) {
  ASSERT_TRUE(write_file(path("log"), "one\n"));
  auto piece = sidecar().tail(path("log"), 0, 100);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->bytes, "one\n");
  EXPECT_EQ(piece->size, 4);
  piece = sidecar().tail(path("log"), 4, 100, piece->inode);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->bytes, "");
  EXPECT_EQ(sidecar().tail(path("none"), 0, 100).error().code, ErrorCode::not_found);
}

TEST_F(SidecarTest, UsageAndFill_CountBytes) {
  EXPECT_EQ(sidecar().fill(path("filler"), 500'000).value(), 500'000);
  const auto usage = sidecar().usage(path(""));
  ASSERT_TRUE(usage);
  EXPECT_GE(usage->bytes, 500'000);
  EXPECT_EQ(usage->files, 1);
  EXPECT_TRUE(usage->complete);
  const auto space = sidecar().space(path(""));
  ASSERT_TRUE(space);
  EXPECT_GT(space->total, space->free);
  const auto queue = sidecar().queue();
  ASSERT_TRUE(queue) << queue.error().message;
  EXPECT_FALSE(*queue);
}

TEST_F(SidecarTest, Relay_PassesOnHoldsBackAndCounts) {
  EXPECT_EQ(sidecar().relay_counters().error().code, ErrorCode::conflict) << "there is none";
  const test::BoundSocket target;
  ASSERT_EQ(::listen(target.fd.get(), 8), 0);
  const auto port = sidecar().relay_start("127.0.0.1", target.port, 0);
  ASSERT_TRUE(port) << port.error().message;
  EXPECT_FALSE(sidecar().relay_start("127.0.0.1", target.port, 0)) << "one is enough";
  ASSERT_TRUE(sidecar().relay_set({.delay = 20ms}));

  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = test::loopback(*port);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  const UniqueFd served(::accept4(target.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  char said = 'x';
  ASSERT_EQ(::send(client.get(), &said, 1, MSG_NOSIGNAL), 1);
  ASSERT_EQ(::recv(served.get(), &said, 1, 0), 1);
  auto counted = sidecar().relay_counters();
  ASSERT_TRUE(counted) << counted.error().message;
  EXPECT_EQ(counted->accepted, 1);
  EXPECT_EQ(counted->pieces, 1);
  EXPECT_GE(counted->shortest, 20ms);

  ASSERT_TRUE(sidecar().relay_set({.black_hole = true}));
  ASSERT_EQ(::send(client.get(), &said, 1, MSG_NOSIGNAL), 1);
  while ((counted = sidecar().relay_counters()) && counted->held == 0) {
  }
  ASSERT_TRUE(counted) << counted.error().message;
  EXPECT_EQ(counted->held, 1);
  ASSERT_TRUE(sidecar().relay_set({}));
  EXPECT_EQ(::recv(served.get(), &said, 1, 0), 1);
}

TEST_F(SidecarTest, Ticks_ComeOnceASecond) {
  std::promise<Tick> second;
  int ticks = 0;
  ASSERT_TRUE(sidecar().subscribe({}, [&](const Tick& tick) {
    if (++ticks == 2) second.set_value(tick);
  }));
  const Tick tick = second.get_future().get();
  ASSERT_TRUE(tick.process);  // of this test itself
  EXPECT_GE(tick.process->threads, 2);
  EXPECT_FALSE(tick.jvm);
  EXPECT_LE(tick.t, system_clock().now());
}

TEST_F(SidecarTest, AttachToWhatIsNoJvm_SaysSo) {
  auto deaf = test::ChildProcess::start({"sh", "-c", "trap '' QUIT; echo deaf; read line"});
  ASSERT_EQ(deaf->line(), "deaf");
  const auto local = test::start_local_sidecar(deaf->pid());
  const auto dump = local.sidecar->thread_dump(500ms);
  ASSERT_FALSE(dump);
  EXPECT_EQ(dump.error().code, ErrorCode::timeout);
  EXPECT_NE(dump.error().message.find("HotSpot"), std::string::npos) << dump.error().message;
}

TEST_F(SidecarTest, KilledHelper_IsNoticedAndTold) {
  EXPECT_TRUE(sidecar().alive());
  std::promise<std::string> ended;
  sidecar().on_end([&](const std::string& why) { ended.set_value(why); });
  helper().kill(SIGKILL);
  EXPECT_FALSE(ended.get_future().get().empty());
  EXPECT_FALSE(sidecar().alive());
  EXPECT_FALSE(sidecar().why().empty());
  EXPECT_EQ(sidecar().touch(path("x")).error().code, ErrorCode::conflict);
}

TEST(Sidecar, Destroyed_EndsItsHelper) {
  auto local = test::start_local_sidecar();
  local.sidecar.reset();
  EXPECT_EQ(local.helper->wait(), 0);
}

TEST(Sidecar, AnswerOfAnotherShape_IsAProtocolError) {
  test::ScriptedHelper helper;
  helper.greet();
  auto opened = Sidecar::open(helper.channel(), system_clock(), 20s);
  ASSERT_TRUE(opened);
  const auto ask = [&](auto request, const std::string& answer) {
    auto result = std::async(std::launch::async, request);
    nlohmann::json json = nlohmann::json::parse(answer);
    json["id"] = nlohmann::json::parse(helper.hear())["id"];
    json["ok"] = true;
    helper.say(json.dump() + "\n");
    return result.get();
  };
  Sidecar& sidecar = **opened;
  const auto code = [](const auto& result) {
    return result ? ErrorCode::internal : result.error().code;
  };
  EXPECT_EQ(code(ask([&] { return sidecar.digest("/x"); }, R"({"sha256":5})")),
            ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.stat("/x"); }, R"({})")), ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.stat("/x"); }, R"({"exists":true})")),
            ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.list("/x"); }, R"({"entries":{}})")),
            ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.list("/x"); }, R"({"entries":[1]})")),
            ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.tail("/x", 0, 1); },
                     R"({"bytes":"!","offset":0,"size":0,"inode":1})")),
            ErrorCode::protocol);
  EXPECT_EQ(
      code(ask([&] { return sidecar.deliver({.path = "/x", .content = ""}); }, R"({"items":[]})")),
      ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.deliver({.path = "/x", .content = ""}); },
                     R"({"items":[{}]})")),
            ErrorCode::protocol);
  EXPECT_EQ(code(ask([&] { return sidecar.collect_garbage(); }, R"({"text":"Unknown command"})")),
            ErrorCode::protocol);
}

}  // namespace
}  // namespace bhsim::sidecar
