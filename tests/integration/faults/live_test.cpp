// Each fault of the catalogue on a real engine, against an application that is its own: seen to
// act, undone, seen to be gone; and undone by another process from the journal alone.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/faults/host.hpp"
#include "framework/faults/injector.hpp"
#include "framework/load/http_get.hpp"
#include "tests/support/loopback.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kUser = "10001:10001";
constexpr int kPort = 8080;

Heard hear(int port, const std::string& path, Nanos patience) {
  const load::Target target{.port = static_cast<std::uint16_t>(port)};
  if (load::http_get(target, path, patience)) return Heard::answer;
  return load::takes_connections(target, patience) ? Heard::connection : Heard::nothing;
}

// One that is free now; the engine would choose another with each start.
int free_port() { return test::BoundSocket().port; }

class LiveFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto endpoint = engine::discover("", engine::process_environment());
    ASSERT_TRUE(endpoint) << endpoint.error().message;
    auto client = engine::Client::connect(std::move(*endpoint));
    ASSERT_TRUE(client) << client.error().message;
    engine_ = std::make_unique<engine::Client>(std::move(*client));
    run_ = "test-faults-" + std::to_string(::getpid());
    make_image();
    if (!image_.empty()) make_application();
  }
  static void TearDownTestSuite() {
    if (engine_ == nullptr) return;
    const auto removed = remove_everything(*engine_, run_, system_clock());
    EXPECT_TRUE(removed) << removed.error().message;
    if (!image_.empty()) {
      EXPECT_TRUE(engine::remove_image(*engine_, image_));
    }
    engine_.reset();
  }

  static void make_image() {
    auto entries = engine::tar_folder(BHSIM_BINARY_DIR "/docker/base/rootfs", "", 0, 0);
    ASSERT_TRUE(entries) << entries.error().message;
    auto helper = read_file(BHSIM_BINARY_DIR "/docker/helper/bhsim-helper");
    ASSERT_TRUE(helper);
    entries->push_back(
        {.path = "usr/local/bin/bhsim-helper", .mode = 0755, .content = std::move(*helper)});
    for (const auto& file : std::filesystem::directory_iterator(TEST_JAVA_DIR)) {
      auto content = read_file(file.path());
      ASSERT_TRUE(content);
      const auto name = file.path().filename().string();
      entries->push_back({.path = "app/" + name, .mode = 0644, .content = *content});
      entries->push_back({.path = "classes/" + name,
                          .mode = 0644,
                          .uid = 10001,
                          .gid = 10001,
                          .content = std::move(*content)});
    }
    for (const auto* folder : {"classes", "logs"}) {
      std::erase_if(*entries, [folder](const auto& entry) {
        return entry.path == folder || entry.path == std::string(folder) + "/";
      });
      entries->push_back({.path = folder,
                          .type = engine::TarEntry::Type::directory,
                          .mode = 0755,
                          .uid = 10001,
                          .gid = 10001});
    }
    auto tar = engine::make_tar(*entries);
    ASSERT_TRUE(tar);
    const std::string tag = std::to_string(::getpid());
    auto image = engine::import_image(*engine_, std::move(*tar), "bhsim-test-faults", tag);
    ASSERT_TRUE(image) << image.error().message;
    image_ = "bhsim-test-faults:" + tag;
  }

  static void make_application() {
    const engine::Labels labels{{std::string(kRunLabel), run_}};
    ASSERT_TRUE(engine::create_network(*engine_, run_ + "-net", labels));
    engine::ContainerSpec spec;
    for (const auto* what : {"classes", "logs", "tmp"}) {
      engine::VolumeSpec volume{.name = run_ + "-" + what, .labels = labels};
      if (what == std::string_view("tmp"))
        volume.options = {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64m,mode=1777"}};
      ASSERT_TRUE(engine::create_volume(*engine_, volume));
      hand_.volumes.push_back({volume.name, std::string("/") + what});
      spec.mounts.push_back({.source = volume.name, .target = std::string("/") + what});
    }
    hand_.image = image_;
    hand_.user = kUser;
    spec.image = image_;
    spec.entrypoint = {"/jre/bin/java"};
    spec.command = {"-XX:+UseSerialGC", "-Xmx32m", "-cp", "/app", "Breakable"};
    spec.labels = labels;
    spec.user = kUser;
    spec.network = run_ + "-net";
    port_ = free_port();
    spec.ports = {{.container_port = kPort, .host_port = port_}};
    spec.memory_bytes = 512 << 20;
    spec.nano_cpus = 1'000'000'000;
    spec.pids_limit = 256;
    const auto created = engine::create_container(*engine_, spec);
    ASSERT_TRUE(created) << created.error().message;
    target_ = *created;
    ASSERT_TRUE(engine::start_container(*engine_, target_));
  }

  // A run of its own, with an application that is well.
  void begin() {
    ASSERT_FALSE(target_.empty());
    auto made = TemporaryDirectory::create("bhsim-live-faults");
    ASSERT_TRUE(made);
    directory_.emplace(std::move(*made));
    auto opened = Journal::open(folder(), system_clock());
    ASSERT_TRUE(opened);
    journal_.emplace(std::move(*opened));
    const Time deadline = system_clock().now() + 30s;
    while (hear(port_, "/ready", 1s) != Heard::answer) {
      ASSERT_LT(system_clock().now(), deadline) << "the application does not answer";
      std::this_thread::sleep_for(20ms);
    }
  }

  [[nodiscard]] const Path& folder() const { return directory_->path(); }
  [[nodiscard]] static Means means() { return {*engine_, system_clock(), hear}; }

  [[nodiscard]] FaultSpec spec(const FaultKind& kind) const {
    FaultSpec made;
    made.id = 1;
    made.kind = kind.name;
    made.run_id = run_;
    made.target = target_;
    made.port = port_;
    made.probe_path = "/ready";
    made.class_directory = "/classes";
    made.hand = hand_;
    for (const auto& parameter : kind.told())
      made.parameters[std::string(parameter.name)] =
          parameter.fallback.empty() ? "/exit" : parameter.fallback;
    // It is asked little, has little to send, and a short queue for connections.
    if (kind.name == "bandwidth") made.parameters["rate"] = "2000";
    if (kind.name == "sockets") made.parameters["count"] = "40";
    return made;
  }

  // By the run itself.
  void goes_its_whole_way(const FaultSpec& spec) {
    auto store = history::Store::create(folder(), "run");
    ASSERT_TRUE(store) << store.error().message;
    const auto outcome = Injector(means(), *journal_, *store).run(spec, {}, {});
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome->row.state, history::FaultState::healed) << outcome->trouble;
    std::cout << fmt::format("  {}: {} | {} ({:.1f} s)\n", spec.kind, outcome->row.acted_proof,
                             outcome->row.healed_proof,
                             to_seconds(*outcome->row.t_healed - outcome->row.t_intent));
  }

  // By the guard or `bhsim recover`: nothing of the run is left but its journal.
  void is_undone_from_the_journal(const FaultSpec& spec) {
    {
      const auto fault = find_fault_kind(spec.kind)->make(spec);
      ASSERT_TRUE(fault->prepare(means()));
      ASSERT_TRUE(journal_->append_intent(fault->spec()));
      const auto applied = fault->apply(means());
      ASSERT_TRUE(applied) << applied.error().message;
    }
    const auto healing = heal_all(folder(), means());
    ASSERT_TRUE(healing) << healing.error().message;
    EXPECT_EQ(healing->healed, 1) << healing->first_failure;
  }

  static std::unique_ptr<engine::Client> engine_;
  static std::string run_, image_, target_;
  static HandSpec hand_;
  std::optional<TemporaryDirectory> directory_;
  std::optional<Journal> journal_;
  static int port_;
};
int LiveFaults::port_ = 0;
std::unique_ptr<engine::Client> LiveFaults::engine_;
std::string LiveFaults::run_, LiveFaults::image_, LiveFaults::target_;
HandSpec LiveFaults::hand_;

// One of each family by default, since all of them take half a minute: BHSIM_FAULTS=all, or a list.
bool wanted(std::string_view kind) {
  const char* given = std::getenv("BHSIM_FAULTS");
  const std::string_view some = given == nullptr ? "kill,cut,permissions" : given;
  return some == "all" ||
         fmt::format(",{},", some).find(fmt::format(",{},", kind)) != std::string::npos;
}

// One test, since one application serves all of them.
TEST_F(LiveFaults, EachKind_IsSeenToActAndToBeGone_AlsoByAnotherProcess) {
  const auto host = host_of(*engine_);
  for (const auto& kind : fault_kinds()) {
    // This application has no dependency (dependency_faults_test.cpp).
    if (kind.impossible(host) || kind.of_dependency || !wanted(kind.name)) continue;
    SCOPED_TRACE(kind.name);
    begin();
    ASSERT_FALSE(HasFatalFailure());
    goes_its_whole_way(spec(kind));
    ASSERT_FALSE(HasFatalFailure());
    // Of those that end the process the engine's own test on a fake one has every step.
    if (kind.ends != Ends::never) continue;
    begin();
    is_undone_from_the_journal(spec(kind));
  }
}

}  // namespace
}  // namespace bhsim::faults
