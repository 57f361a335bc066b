#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/runner/images.hpp"

namespace bhsim::cli {
namespace {

Result<void> build(const std::string& url) {
  BHSIM_ASSIGN(auto endpoint, engine::discover(url, engine::process_environment()));
  BHSIM_ASSIGN(const auto client, engine::Client::connect(std::move(endpoint)));
  const auto sources = runner::image_sources(docker_root());
  const auto say = [](const std::string& line) { std::cerr << line << "\n"; };
  for (const auto make : {runner::application_image, runner::helper_image}) {
    BHSIM_ASSIGN(const auto image, make(client, sources, say));
    std::cout << image.name << " " << image.id << (image.made ? "" : " (was there)") << "\n";
  }
  return {};
}

}  // namespace

void add_image(CLI::App& command, int& exit_code) {
  auto url = std::make_shared<std::string>();
  auto* build_command =
      command.add_subcommand("build", "Build what is not there yet; no registry is needed");
  command.require_subcommand(1);
  build_command->add_option("--engine", *url,
                            "unix:///…, tcp://…; otherwise as the docker client finds it");
  build_command->callback([url, &exit_code] {
    const auto built = build(*url);
    exit_code = built ? static_cast<int>(kPass) : complain("image build", built.error());
  });
}

}  // namespace bhsim::cli
