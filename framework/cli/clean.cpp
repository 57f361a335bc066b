#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/engine/resources.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/runner/lock.hpp"

namespace bhsim::cli {
namespace {

struct CleanWords {
  std::string engine;
  bool images = false;
};

// The engine, and its lock: nothing is removed from under a run that goes on.
struct Held {
  engine::Client client;
  runner::EngineLock lock;
};

Result<Held> hold(const std::string& url, std::string_view what) {
  BHSIM_ASSIGN(auto endpoint, engine::discover(url, engine::process_environment()));
  BHSIM_ASSIGN(auto client, engine::Client::connect(std::move(endpoint)));
  BHSIM_ASSIGN(const auto info, engine::engine_info(client));
  BHSIM_ASSIGN(auto lock, runner::EngineLock::take(info.value("ID", std::string("engine")), what));
  return Held{std::move(client), std::move(lock)};
}

int clean(const CleanWords& words) {
  const auto held = hold(words.engine, "clean");
  if (!held) return complain("clean", held.error());
  const auto removed = faults::remove_everything(held->client, "", system_clock());
  if (!removed) return complain("clean", removed.error());
  std::cout << fmt::format("removed {} containers, {} networks, {} volumes\n", removed->containers,
                           removed->networks, removed->volumes);
  if (!words.images) return kPass;
  const auto images = faults::remove_images(held->client);
  if (!images) return complain("clean", images.error());
  std::cout << fmt::format("removed {} images\n", *images);
  return kPass;
}

}  // namespace

void add_clean(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<CleanWords>();
  command.add_option("--engine", words->engine,
                     "unix:///…, tcp://…; otherwise as the docker client finds it");
  command.add_flag("--images", words->images, "The images that bhsim made, too");
  command.callback([words, &exit_code] { exit_code = clean(*words); });
}

}  // namespace bhsim::cli
