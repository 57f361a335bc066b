// Side-cars on a real engine: rights, volumes, the JVM as process 1, and how they end.

#include "framework/sidecar/start.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>

#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/engine/tar.hpp"

namespace bhsim::sidecar {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUser = "10001:10001";
const engine::Labels kLabels = {{"bhsim.test", "sidecar"}};

// One image for all cases: the JRE, the helper and the target's class.
class StartTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto endpoint = engine::discover("", engine::process_environment());
    ASSERT_TRUE(endpoint) << endpoint.error().message;
    auto client = engine::Client::connect(std::move(*endpoint));
    ASSERT_TRUE(client) << client.error().message;
    client_ = std::make_unique<engine::Client>(std::move(*client));
    auto entries = engine::tar_folder(BHSIM_BINARY_DIR "/docker/base/rootfs", "", 0, 0);
    ASSERT_TRUE(entries) << entries.error().message;
    const auto add = [&](const char* from, std::string to, std::uint32_t mode) {
      auto content = read_file(from);
      ASSERT_TRUE(content) << content.error().message;
      entries->push_back({.path = std::move(to), .mode = mode, .content = std::move(*content)});
    };
    add(BHSIM_BINARY_DIR "/docker/helper/bhsim-helper", "usr/local/bin/bhsim-helper", 0755);
    add(TEST_JAVA_DIR "/Target.class", "app/Target.class", 0644);
    for (auto& entry : *entries) {
      if (entry.path == "classes" || entry.path == "classes/") entry.uid = entry.gid = 10001;
    }
    auto tar = engine::make_tar(*entries);
    ASSERT_TRUE(tar);
    const std::string tag = std::to_string(::getpid());
    auto image = engine::import_image(*client_, std::move(*tar), "bhsim-test-sidecar", tag);
    ASSERT_TRUE(image) << image.error().message;
    image_ = "bhsim-test-sidecar:" + tag;
  }
  static void TearDownTestSuite() {
    if (!image_.empty()) {
      EXPECT_TRUE(engine::remove_image(*client_, image_));
    }
    client_.reset();
  }

  void SetUp() override {
    ASSERT_FALSE(image_.empty());
    prefix_ = "bhsim-test-sidecar-" + std::to_string(::getpid());
    for (const char* what : {"classes", "tmp"}) {
      engine::VolumeSpec volume{.name = prefix_ + "-" + what, .labels = kLabels};
      if (what == std::string("tmp")) {
        volume.options = {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64m,mode=1777"}};
      }
      ASSERT_TRUE(engine::create_volume(*client_, volume));
    }
    start_target();
  }
  void TearDown() override {
    started_.sidecar.reset();
    for (const std::string& id : containers_) EXPECT_TRUE(engine::remove_container(*client_, id));
    for (const char* what : {"classes", "tmp"}) {
      EXPECT_TRUE(engine::remove_volume(*client_, prefix_ + "-" + what));
    }
  }

  void start_target() {
    engine::ContainerSpec spec;
    spec.image = image_;
    spec.entrypoint = {"/jre/bin/java"};
    spec.command = {"-XX:+UseSerialGC", "-Xmx32m", "-cp", "/app", "Target"};
    spec.labels = kLabels;
    spec.user = kUser;
    spec.network = "none";
    spec.mounts = {{.source = prefix_ + "-classes", .target = "/classes"},
                   {.source = prefix_ + "-tmp", .target = "/tmp"}};
    const auto created = engine::create_container(*client_, spec);
    ASSERT_TRUE(created) << created.error().message;
    target_ = *created;
    containers_.push_back(target_);
    ASSERT_TRUE(engine::start_container(*client_, target_));
  }
  SidecarSpec spec() {
    return {.target = target_,
            .image = image_,
            .user = std::string(kUser),
            .labels = kLabels,
            .mounts = {{prefix_ + "-classes", "/classes"}, {prefix_ + "-tmp", "/tmp"}}};
  }
  void start() {
    auto started = start_sidecar(*client_, spec(), system_clock(), 30s);
    ASSERT_TRUE(started) << started.error().message;
    started_ = std::move(*started);
    containers_.push_back(started_.container);
  }
  // Waits until a tick has the JVM's counters: it has come up.
  Tick jvm_tick() {
    auto seen = std::make_shared<std::promise<Tick>>();
    auto told = std::make_shared<bool>(false);
    auto future = seen->get_future();
    EXPECT_TRUE(sidecar().subscribe({.agent_thread_prefix = "bhsim-agent"}, [=](const Tick& tick) {
      if (*told || !tick.jvm || !tick.process || tick.process->agent_threads == 0) return;
      *told = true;
      seen->set_value(tick);
    }));
    if (future.wait_for(60s) != std::future_status::ready) {
      ADD_FAILURE() << "no tick with the JVM's counters within a minute";
      return {};
    }
    return future.get();
  }
  Sidecar& sidecar() { return *started_.sidecar; }

  static std::unique_ptr<engine::Client> client_;
  static std::string image_;
  std::string prefix_, target_;
  std::vector<std::string> containers_;
  StartedSidecar started_;
};
std::unique_ptr<engine::Client> StartTest::client_;
std::string StartTest::image_;

TEST_F(StartTest, SidecarOfARunningJvm_SeesItsProcessCountersAndFiles) {
  start();
  const Tick tick = jvm_tick();
  ASSERT_TRUE(tick.process && tick.jvm);
  EXPECT_GT(tick.process->threads, 5);
  EXPECT_GT(tick.process->rss_bytes, 10'000'000);
  ASSERT_TRUE(tick.process->descriptors) << "the target's descriptors can be counted";
  EXPECT_GT(*tick.process->descriptors, 3);
  EXPECT_GT(tick.jvm->heap_used, 0);
  const auto delivered =
      sidecar().deliver({.path = "/classes/com/example/A.class", .content = "content"});
  ASSERT_TRUE(delivered) << delivered.error().message;
  EXPECT_EQ(sidecar().digest("/classes/com/example/A.class").value(), sha256_hex("content"));
  EXPECT_EQ(sidecar().stat("/classes/com/example/A.class").value()->uid, 10001U);
}

TEST_F(StartTest, AttachToProcessOne_CollectsAndPrintsThreads) {
  start();
  jvm_tick();
  const auto collected = sidecar().collect_garbage();
  EXPECT_TRUE(collected) << collected.error().message;
  const auto dump = sidecar().thread_dump();
  ASSERT_TRUE(dump) << dump.error().message;
  EXPECT_NE(dump->find("\"bhsim-agent-own\""), std::string::npos);
}

TEST_F(StartTest, SidecarContainer_HasNoRightsNoNetworkAndAReadOnlyRoot) {
  start();
  const auto inspected = engine::inspect_container_json(*client_, started_.container);
  ASSERT_TRUE(inspected);
  const auto& host = (*inspected)["HostConfig"];
  EXPECT_EQ(host["ReadonlyRootfs"], true);
  EXPECT_EQ(host["NetworkMode"], "none");
  EXPECT_EQ(host["CapDrop"], nlohmann::json::array({"ALL"}));
  EXPECT_EQ(host["PidsLimit"], 16);
  EXPECT_EQ((*inspected)["Config"]["User"], kUser);
  EXPECT_FALSE(sidecar().deliver({.path = "/usr/local/bin/x", .content = "x"}));
}

TEST_F(StartTest, KilledTarget_EndsTheSidecarAtOnceAsAConflict) {
  start();
  std::promise<std::string> ended;
  sidecar().on_end([&](const std::string& why) { ended.set_value(why); });
  ASSERT_TRUE(engine::kill_container(*client_, target_, "SIGKILL"));
  auto why = ended.get_future();
  ASSERT_EQ(why.wait_for(30s), std::future_status::ready);
  const auto refused = sidecar().touch("/classes");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TEST_F(StartTest, ClosedConnection_EndsTheHelper) {
  start();
  started_.sidecar.reset();
  const Time deadline = system_clock().now() + 30s;
  auto state = engine::inspect_container(*client_, started_.container);
  while (state && state->running && system_clock().now() < deadline) {
    system_clock().sleep_until(system_clock().now() + 50ms);
    state = engine::inspect_container(*client_, started_.container);
  }
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->running);
  EXPECT_EQ(state->exit_code, 0);
}

TEST_F(StartTest, TargetThatDoesNotRun_IsAnErrorAndLeavesNothingBehind) {
  ASSERT_TRUE(engine::kill_container(*client_, target_, "SIGKILL"));
  SidecarSpec dead = spec();
  dead.name = prefix_ + "-late";
  const auto started = start_sidecar(*client_, dead, system_clock(), 30s);
  ASSERT_FALSE(started);
  const auto left = engine::inspect_container(*client_, dead.name);
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error().code, ErrorCode::not_found);
}

TEST_F(StartTest, ImageWithoutTheHelper_IsAnErrorAndLeavesNothingBehind) {
  SidecarSpec wrong = spec();
  wrong.name = prefix_ + "-wrong";
  wrong.helper = "/no/such/program";
  ASSERT_FALSE(start_sidecar(*client_, wrong, system_clock(), 30s));
  EXPECT_FALSE(engine::inspect_container(*client_, wrong.name));
}

TEST_F(StartTest, Holder_KeepsATmpfsVolumeFilled) {
  const auto holder = start_holder(*client_, spec());
  ASSERT_TRUE(holder) << holder.error().message;
  containers_.push_back(*holder);
  start();
  ASSERT_TRUE(sidecar().deliver({.path = "/tmp/kept", .content = "kept"}));
  ASSERT_TRUE(engine::kill_container(*client_, target_, "SIGKILL"));
  ASSERT_TRUE(engine::start_container(*client_, target_));
  start();
  EXPECT_EQ(sidecar().digest("/tmp/kept").value(), sha256_hex("kept"));
}

// What a permission fault uses: the one capability that it needs, as root.
TEST_F(StartTest, SidecarWithACapability_MayDoJustThat) {
  start();
  ASSERT_TRUE(sidecar().deliver({.path = "/classes/A.class", .content = "x"}));
  const auto plain = sidecar().chown("/classes/A.class", 0, 0);
  EXPECT_FALSE(plain) << "without it nothing can be given away";
  SidecarSpec chown = spec();
  chown.user = "0:0";
  chown.capabilities = {"CHOWN"};
  auto started = start_sidecar(*client_, chown, system_clock(), 30s);
  ASSERT_TRUE(started) << started.error().message;
  containers_.push_back(started->container);
  const auto changed = started->sidecar->chown("/classes/A.class", 0, 0);
  EXPECT_TRUE(changed) << changed.error().message;
  EXPECT_FALSE(started->sidecar->chmod("/classes", 0700)) << "FOWNER was not given";
  EXPECT_EQ(sidecar().stat("/classes/A.class").value()->uid, 0U);
}

}  // namespace
}  // namespace bhsim::sidecar
