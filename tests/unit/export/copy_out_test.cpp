// Files out of a container, over a real socket: an engine that has one tar stream to give.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "framework/engine/export.hpp"
#include "framework/engine/tar.hpp"

namespace bhsim::engine {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kPlenty = 1 << 20;
// "Főtanúsítvány.crt": every Debian image with certificates has such a name.
const std::string kHungarian = "F\xc5\x91tan\xc3\xbas\xc3\xadtv\xc3\xa1ny.crt";

// One header block of a tar stream, and the content padded to blocks.
std::string block(const std::string& name, char type, const std::string& content,
                  unsigned mode = 0644) {
  std::string header(512, '\0');
  const auto put = [&header](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, name);
  put(100, fmt::format("{:07o}", mode));
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string(1, type));
  put(257, std::string("ustar\0"
                       "00",
                       8));
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + '\0' + ' ');
  std::string padding((512 - content.size() % 512) % 512, '\0');
  return header + content + padding;
}

// As Go's archive/tar, and so the engine, writes a name that is not ASCII.
std::string extended(const std::string& name, const std::string& content, unsigned mode = 0644) {
  const std::string record = " path=" + name + "\n";
  std::size_t length = record.size() + 2;
  if (std::to_string(length).size() != 2) length = record.size() + 3;
  return block("PaxHeaders.0/x", 'x', std::to_string(length) + record) +
         block("x", '0', content, mode);
}

std::string end() { return std::string(1024, '\0'); }

class CopyOutTest : public ::testing::Test {
 protected:
  CopyOutTest() {
    server_.Get("/_ping",
                [](const auto&, auto& answer) { answer.set_content("OK", "text/plain"); });
    server_.Get("/version", [](const auto&, auto& answer) {
      answer.set_content(R"({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})", "application/json");
    });
    const auto give = [this](const auto& request, auto& answer) {
      const std::lock_guard lock(mutex_);
      asked_ = request.get_param_value("path");
      if (!tar_) {
        answer.status = 404;
        answer.set_content(R"({"message": "no such path"})", "application/json");
        return;
      }
      answer.set_content(*tar_, "application/x-tar");
    };
    // Whether the path lies in a tmpfs, of which the engine gives nothing, is asked first.
    server_.Get("/v1.41/containers/c1/json", [](const auto&, auto& answer) {
      answer.set_content(
          R"({"Id": "c1", "Name": "/c1", "State": {"Status": "running", "Running": true}, "Config": {"Labels": {}}, "HostConfig": {}, "Mounts": []})",
          "application/json");
    });
    server_.Get("/v1.41/containers/c1/archive", give);
    server_.Get("/v1.41/containers/c1/export", give);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    client_.emplace(*Client::connect(
        *parse_endpoint(fmt::format("tcp://127.0.0.1:{}", port_), "the test", std::nullopt)));
  }
  ~CopyOutTest() override {
    server_.stop();
    thread_.join();
  }

  // The stream that is given; without one the path is not there.
  void has(const std::string& tar) {
    const std::lock_guard lock(mutex_);
    tar_ = tar;
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  Result<std::vector<LeftOut>> copy(std::int64_t most_bytes = kPlenty, Nanos deadline = 20s) {
    return copy_out(*client_, "c1", "/logs", folder_.path(),
                    {.all_bytes = most_bytes, .file_bytes = kPlenty}, deadline);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    const auto content = read_file(folder_.path() / name);
    return content ? *content : "(" + content.error().message + ")";
  }

  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-copy-out");
  std::mutex mutex_;  // for what follows: the server answers on threads of its own
  std::optional<std::string> tar_;
  std::string asked_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::optional<Client> client_;
};

TEST_F(CopyOutTest, FilesAndFolders_AreWrittenUnderTheirNames) {
  const std::string large(300'000, 'j');
  has(block("logs/", '5', "") + block("logs/gc.log", '0', "[0.1s] gc\n") +
      block("logs/jfr/1/chunk.jfr", '0', large) + block("logs/empty", '0', "") +
      block("logs/link", '2', "") + end());
  const auto left_out = copy();
  ASSERT_TRUE(left_out) << left_out.error().message;
  EXPECT_THAT(*left_out, IsEmpty());
  EXPECT_EQ(asked(), "/logs");
  EXPECT_EQ(file("logs/gc.log"), "[0.1s] gc\n");
  EXPECT_EQ(file("logs/jfr/1/chunk.jfr"), large);
  EXPECT_EQ(file("logs/empty"), "");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "logs/link"));
}

TEST_F(CopyOutTest, FileThatWouldBeTooMuch_IsLeftOutAndTheOthersAreKept) {
  has(block("logs/small", '0', "12345") + block("logs/heap.hprof", '0', std::string(2'000, 'h')) +
      block("logs/gc.log", '0', "67890") + end());
  const auto left_out = copy(1'000);
  ASSERT_TRUE(left_out) << left_out.error().message;
  EXPECT_THAT(*left_out, ElementsAre(LeftOut{"logs/heap.hprof", 2'000}));
  EXPECT_EQ(file("logs/small") + file("logs/gc.log"), "1234567890");
}

TEST_F(CopyOutTest, FileThatIsTooLargeByItself_LeavesRoomForTheOthers) {
  has(block("logs/heap.hprof", '0', std::string(2'000, 'h')) +
      block("logs/recording.jfr", '0', std::string(900, 'r')) + end());
  const auto left_out =
      copy_out(*client_, "c1", "/logs", folder_.path(), {.all_bytes = 2'500, .file_bytes = 1'000});
  ASSERT_TRUE(left_out) << left_out.error().message;
  EXPECT_THAT(*left_out, ElementsAre(LeftOut{"logs/heap.hprof", 2'000}));
  EXPECT_EQ(file("logs/recording.jfr"), std::string(900, 'r'));
}

TEST_F(CopyOutTest, NameThatLeadsOutOfTheFolder_IsNotWritten) {
  has(block("../outside", '0', "x") + block("/tmp/bhsim-absolute", '0', "x") +
      block("logs/a..b", '0', "fine") + end());
  const auto left_out = copy();
  ASSERT_TRUE(left_out) << left_out.error().message;
  EXPECT_THAT(*left_out, ElementsAre(LeftOut{"../outside", 1}, LeftOut{"/tmp/bhsim-absolute", 1}));
  EXPECT_EQ(file("logs/a..b"), "fine");
  EXPECT_FALSE(std::filesystem::exists(folder_.path().parent_path() / "outside"));
}

TEST_F(CopyOutTest, NameThatIsNotAscii_IsKeptAsItIs) {
  has(extended("logs/" + kHungarian, "pem") + end());
  const auto left_out = copy();
  ASSERT_TRUE(left_out) << left_out.error().message;
  EXPECT_EQ(file("logs/" + kHungarian), "pem");
}

TEST_F(CopyOutTest, PathThatIsNotThere_IsNotFound) {
  const auto left_out = copy();
  ASSERT_FALSE(left_out);
  EXPECT_EQ(left_out.error().code, ErrorCode::not_found);
}

TEST_F(CopyOutTest, StreamThatIsCutInsideAFile_IsAnError) {
  has(block("logs/gc.log", '0', std::string(4'000, 'g')).substr(0, 1'500));
  const auto left_out = copy();
  ASSERT_FALSE(left_out);
  EXPECT_THAT(left_out.error().message, HasSubstr("copy c1:/logs"));
}

TEST_F(CopyOutTest, EngineThatGivesNothing_EndsByTheDeadline) {
  const std::unique_lock silent(mutex_);
  const auto left_out = copy(kPlenty, 50ms);
  ASSERT_FALSE(left_out);
  EXPECT_EQ(left_out.error().code, ErrorCode::timeout);
}

TEST_F(CopyOutTest, SetuidFiles_AreFoundBesideNamesThatAreNotAscii) {
  has(extended("usr/share/" + kHungarian, "pem") + block("usr/bin/su", '0', "", 04755) +
      extended("usr/bin/" + kHungarian, "", 02755) + block("bin/sh", '0', "", 0755) + end());
  const auto found = setuid_files(*client_, "c1");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, ElementsAre("usr/bin/su", "usr/bin/" + kHungarian));
}

// libarchive has no words for some of these.
TEST(TarTest, StreamCutOrDamagedAnywhere_NeverThrows) {
  const std::string whole = extended(kHungarian, "pem") + block("a", '0', "text") + end();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NO_THROW((void)read_tar(whole.substr(0, i), kPlenty)) << i;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    EXPECT_NO_THROW((void)read_tar(damaged, kPlenty)) << i;
  }
}

TEST(TarTest, NameThatIsNotAscii_IsReadAsItIs) {
  const auto entries = read_tar(extended(kHungarian, "pem") + end(), kPlenty);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().path, kHungarian);
  EXPECT_EQ(entries->front().content, "pem");
}

}  // namespace
}  // namespace bhsim::engine
