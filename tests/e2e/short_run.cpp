#include "tests/e2e/short_run.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "framework/engine/resources.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/runner/images.hpp"

namespace bhsim::test {

using namespace std::chrono_literals;

engine::Client real_engine() {
  auto endpoint = engine::discover("", engine::process_environment());
  EXPECT_TRUE(endpoint) << endpoint.error().message;
  auto client = engine::Client::connect(std::move(*endpoint));
  EXPECT_TRUE(client) << client.error().message;
  return std::move(*client);
}

std::size_t left_on_engine() {
  const auto left = faults::list_leftovers(real_engine(), "");
  return left ? left->count() : 999;
}

std::string helper_image_name() {
  const auto sources = runner::image_sources(Path(BHSIM_BINARY_DIR) / "docker");
  const auto image = runner::helper_image(real_engine(), sources, [](const std::string&) {});
  EXPECT_TRUE(image) << image.error().message;
  return image->name;
}

ShortRun::ShortRun(const std::vector<std::string>& more, const std::string& simulation)
    : folder_(std::move(*TemporaryDirectory::create("bhsim-e2e"))),
      process_(words(more, simulation), folder_.path()) {}

Path ShortRun::directory() const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(out(), ignored)) return entry.path();
  return {};
}

bool ShortRun::says(std::string_view word) const {
  return process_.output().find(word) != std::string::npos;
}

bool ShortRun::ready() {
  const bool came = eventually(3min, [this] { return says("ready after") || !process_.running(); });
  EXPECT_TRUE(came && says("ready after")) << process_.output();
  return says("ready after");
}

std::string ShortRun::application() const {
  const auto containers = engine::list_containers(
      real_engine(), fmt::format("bhsim.run={}", directory().filename().string()));
  if (!containers) return {};
  const auto app = std::find_if(containers->begin(), containers->end(), [](const auto& container) {
    const auto role = container.labels.find("bhsim.role");
    return role != container.labels.end() && role->second == "load";
  });
  return app == containers->end() ? "" : app->id;
}

std::vector<std::string> ShortRun::words(const std::vector<std::string>& more,
                                         const std::string& simulation) const {
  std::vector<std::string> all{BHSIM_PROGRAM, "run",
                               std::string(BHSIM_SOURCE_DIR) + "/tests/e2e/" + simulation,
                               "--out=" + out().string()};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::unique_ptr<ShortRun> undisturbed_run(const std::string& simulation,
                                          const std::vector<std::string>& more) {
  constexpr int kTries = 2;
  // What LOAD-06 says, and nothing else does; a run that it spoils is invalid.
  const auto came_late = [](const ShortRun& run) {
    return run.says("  INVALID ") && (run.says("generator's figures cannot be used") ||
                                      run.says("sends with a free connection left within"));
  };
  for (int tried = 0; tried < kTries; ++tried) {
    auto run = std::make_unique<ShortRun>(more, simulation);
    const bool disturbed = run->process().wait(10min) == kInconclusive && came_late(*run);
    if (!disturbed) return run;
  }
  return nullptr;
}

Foreign::Foreign() {
  const std::string name = fmt::format("not-of-bhsim-{}", ::getpid());
  volume_ = name;
  EXPECT_TRUE(engine::create_volume(engine_, {.name = volume_, .labels = {}, .options = {}}));
  network_ = engine::create_network(engine_, name, {}).value_or("");
  engine::ContainerSpec spec;
  spec.name = name;
  spec.image = helper_image_name();
  spec.mounts = {{.source = volume_, .target = "/somewhere"}};
  spec.labels = {{"bhsim.runner", "somebody else's"}};
  container_ = engine::create_container(engine_, spec).value_or("");
}

Foreign::~Foreign() {
  EXPECT_TRUE(engine::remove_container(engine_, container_));
  EXPECT_TRUE(engine::remove_network(engine_, network_));
  EXPECT_TRUE(engine::remove_volume(engine_, volume_));
}

bool Foreign::all_there() const {
  return engine::inspect_container(engine_, container_) &&
         engine_.call({.path = "/networks/" + network_}) &&
         engine_.call({.path = "/volumes/" + volume_});
}

}  // namespace bhsim::test
