// A port that is taken between its choice and the start of the container.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "checks/check.hpp"
#include "framework/config/build.hpp"
#include "framework/runner/application.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

UniqueFd listen_at(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

TEST(Ports, TakenBySomebodyElseBeforeTheStart_AreExchangedForAnother) {
  config::PlanRequest request;
  request.resources = BHSIM_SOURCE_DIR;
  request.simulation = std::string(BHSIM_SOURCE_DIR) + "/tests/e2e/short.yml";
  for (const auto& check : checks::all()) request.checks.emplace_back(check.id);
  const auto plan = config::build_plan(request);
  ASSERT_TRUE(plan) << plan.error().message;
  const Path docker = Path(BHSIM_BINARY_DIR) / "docker";
  const auto sources = runner::image_sources(docker);
  const auto engine = real_engine();
  const auto quiet = [](const std::string&) {};
  runner::Setting setting;
  setting.engine = &engine;
  setting.clock = &system_clock();
  setting.plan = &*plan;
  setting.run_id = "e2e-port";
  setting.image = runner::application_image(engine, sources, quiet).value();
  setting.helper = runner::helper_image(engine, sources, quiet).value();
  setting.user = "10001:10001";
  setting.agent_jar = docker / "agent" / "bhsim-agent.jar";
  setting.cores = runner::divide_cores(2);

  const auto application = runner::Application::create(setting, "load");
  ASSERT_TRUE(application) << application.error().message;
  const int chosen = (*application)->port();
  const auto taken = listen_at(chosen);
  const auto started = (*application)->start({});
  EXPECT_TRUE(started) << started.error().message;
  EXPECT_NE((*application)->port(), chosen);
  EXPECT_TRUE(
      runner::answers_ok((*application)->port(), plan->app.ready_path, std::chrono::seconds(1)));
  EXPECT_TRUE((*application)->remove());
  EXPECT_EQ(left_on_engine(), 0U);
}

}  // namespace
}  // namespace bhsim::test
