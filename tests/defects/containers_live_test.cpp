// The containers of containers.yml on a real engine: created, inspected as a run does it, judged,
// removed. With BHSIM_RECORD=1 in the environment what the engine says is recorded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "containers.hpp"
#include "framework/engine/export.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/engine/tar.hpp"
#include "framework/history/facts.hpp"
#include "framework/runner/evidence.hpp"

namespace bhsim::defects {
namespace {

namespace fact = history::fact;
using nlohmann::json;
using ::testing::IsEmpty;

const Path kFolder = Path(BHSIM_SOURCE_DIR) / "tests/defects";
constexpr const char* kLabel = "bhsim.run";
constexpr const char* kTag = "bhsim-defect/container:planted";

engine::Client connect() {
  auto endpoint = engine::discover("", engine::process_environment());
  if (!endpoint) throw std::runtime_error(endpoint.error().message);
  auto client = engine::Client::connect(std::move(*endpoint));
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// COPY drops the bit, an archive that is unpacked keeps it.
std::string setuid_program() {
  return must(engine::make_tar({{.path = "bin/su", .mode = 04755, .content = "no program"}}));
}

// As a run keeps it: with secrets redacted.
json redacted(const json& document) { return json::parse(runner::redacted(document.dump())); }

class Containers : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_TRUE(container_.empty() || engine::remove_container(engine_, container_));
    EXPECT_TRUE(image_.empty() || engine::remove_image(engine_, image_));
  }

  Facts facts_of(const Violation& violation) {
    build(violation);
    create(violation);
    return {
        {std::string(fact::kContainerInspect),
         redacted(must(engine::inspect_container_json(engine_, container_)))},
        {std::string(fact::kImageHistory), redacted(must(engine::image_history(engine_, image_)))},
        {std::string(fact::kImageSetuid), must(engine::setuid_files(engine_, container_))},
        {std::string(fact::kEngineInfo), redacted(must(engine::engine_info(engine_)))}};
  }

 private:
  // Nothing in it can run, and nothing is run.
  void build(const Violation& violation) {
    const std::vector<engine::TarEntry> entries{
        {.path = "Dockerfile", .content = "FROM scratch\nCOPY app /bin/\n" + violation.dockerfile},
        {.path = "app", .mode = 0755, .content = "no program"},
        {.path = "setuid.tar", .content = setuid_program()}};
    must(engine::build_image(engine_, must(engine::make_tar(entries)),
                             {.tag = kTag, .labels = {{kLabel, "defects"}}}));
    image_ = must(engine::inspect_image(engine_, kTag)).at("Id").get<std::string>();
  }

  void create(const Violation& violation) {
    auto body = violation.create;
    body["Image"] = violation.by_tag ? kTag : image_;
    body["Labels"][kLabel] = "defects";
    const auto made = must(engine_.call_json({.method = "POST",
                                              .path = "/containers/create",
                                              .body = body.dump(),
                                              .what = "create container " + violation.name}));
    container_ = made.at("Id").get<std::string>();
  }

  engine::Client engine_ = connect();
  std::string image_, container_;
};

class Violating : public Containers, public ::testing::WithParamInterface<Violation> {};

TEST_P(Violating, IsRedWhereItMustBeAndNowhereElse) {
  const auto facts = facts_of(GetParam());
  EXPECT_THAT(complaints(facts, GetParam().must_be_red), IsEmpty());
  if (std::getenv("BHSIM_RECORD") == nullptr || HasFailure()) return;
  const auto file = kFolder / "recorded/containers" / (GetParam().name + ".json");
  ASSERT_TRUE(make_directories(file.parent_path()));
  ASSERT_TRUE(write_file(file, json(without_machine(facts)).dump() + "\n"));
}

std::string name_of(const ::testing::TestParamInfo<Violation>& info) {
  auto name = info.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(OnARealEngine, Violating,
                         ::testing::ValuesIn(violations(kFolder / "containers.yml")), name_of);

}  // namespace
}  // namespace bhsim::defects
