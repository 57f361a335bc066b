#include "clean_items.hpp"
#include "clean_parts.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks::clean {
namespace {

using namespace history;

nlohmann::json container() {
  using nlohmann::json;
  return {{"Args", json::array({"-cp", "/classes:/app", "ProductionSimulationApp"})},
          {"Config",
           {{"User", "10001:10001"},
            {"Image", "sha256:" + std::string(64, 'a')},
            {"Env", json::array({"PATH=/opt/java/bin", "JAVA_TOOL_OPTIONS=-XX:+UsePerfData"})},
            {"Labels", {{"bhsim.run", "20260101-000000-test"}}},
            {"Cmd", json::array({"ProductionSimulationApp"})},
            {"Entrypoint", json::array({"/opt/java/bin/java"})},
            {"Healthcheck",
             {{"Test", json::array({"CMD", "/bhsim-helper", "health"})},
              {"Interval", 5000000000},
              {"Timeout", 2000000000},
              {"Retries", 3}}}}},
          {"HostConfig",
           {{"Privileged", false},
            {"CapDrop", json::array({"ALL"})},
            {"CapAdd", nullptr},
            {"SecurityOpt", json::array({"no-new-privileges"})},
            {"ReadonlyRootfs", true},
            {"Memory", 1073741824},
            {"NanoCpus", 1000000000},
            {"CpusetCpus", "0"},
            {"PidsLimit", 512},
            {"NetworkMode", "bhsim-net"},
            {"PidMode", ""},
            {"IpcMode", "private"},
            {"UTSMode", ""},
            {"UsernsMode", ""},
            {"Binds", nullptr},
            {"PublishAllPorts", false},
            {"PortBindings",
             {{"8080/tcp", json::array({{{"HostIp", "127.0.0.1"}, {"HostPort", "0"}}})}}},
            {"RestartPolicy", {{"Name", "no"}, {"MaximumRetryCount", 0}}},
            {"Devices", json::array()}}},
          {"Mounts", json::array({{{"Type", "volume"},
                                   {"Source", "/var/lib/docker/volumes/x/_data"},
                                   {"Destination", "/state"},
                                   {"Propagation", ""}}})}};
}

}  // namespace

void add_facts(CleanRun& run) {
  using nlohmann::json;
  const auto ns = [](double s) { return to_ns(at(s)); };
  run.facts["container.inspect"] = container();
  run.facts["image.inspect"] = {{"Id", "sha256:" + std::string(64, 'a')},
                                {"Config", {{"Env", json::array()}}}};
  run.facts["image.history"] = json::array({{{"CreatedBy", "bhsim import"}}});
  run.facts["image.setuid"] = json::array();
  run.facts["engine.version"] = {{"Version", "20.10.24"}};
  run.facts["engine.info"] = {{"SecurityOptions", json::array({"name=seccomp,profile=default"})}};
  run.facts["plan"] = {{"seed", 42}};
  run.facts["startup"] = {{"first_live_ns", ns(-9)},
                          {"first_ready_ns", ns(-8)},
                          {"first_work_ns", ns(-8)},
                          {"ready_before_work", false}};
  run.facts["drain"] = {{"signal_ns", ns(700)},
                        {"not_ready_ns", ns(700.1)},
                        {"exit_ns", ns(701.2)},
                        {"exit_code", 143},
                        {"sent", 200},
                        {"ok", 200},
                        {"lost", 0},
                        {"live_while_draining", true}};
  json drift = json::array();
  for (const auto* name : kClasses)
    drift.push_back({{"class", name},
                     {"disk_sha256", digest(7)},
                     {"served_generation", 7},
                     {"served_sha256", digest(7)}});
  run.facts["drift"] = drift;
  const std::string sha(64, 'c');
  run.facts["ledger.total"] = {{"metric", "orders_total"},
                               {"value", 1000},
                               {"acknowledged", 1000},
                               {"open", 2},
                               {"trouble", ""}};
  run.facts["bad_swaps.load"]["PricingService"] = {{"quote", {{"planned", 600}, {"ok", 600}}},
                                                   {"order", {{"planned", 400}, {"ok", 399}}}};
  run.facts["config.in_force"] = {
      {"given_sha256", sha}, {"mounted_sha256", sha}, {"reported_sha256", sha}};
  run.facts["load.summary"] = {{"planned", 60000}, {"invalid", json::array()}};
  run.facts["load.failures_dropped"] = 0;
  const auto recording = [](const char* path, double from, double to) {
    return json{{"path", path},
                {"bytes", 9 << 20},
                {"chunks", 2},
                {"events", 40'000},
                {"from_ns", to_ns(at(from))},
                {"to_ns", to_ns(at(to))},
                {"whole", true},
                {"trouble", ""}};
  };
  run.facts["recordings"] = {recording("artifacts/logs/jfr/1/1.jfr", 1, kKill - 0.5),
                             recording("artifacts/logs/recording-1.jfr", kKillRecovered + 3, 603)};
  run.facts["resource_metrics"] = {
      {"expected", 60}, {"written", 60}, {"path", "resource-metrics.csv"}};
  run.facts["versions"] = {{"bhsim", "0.1.0"},
                           {"agent", "reference 1.0"},
                           {"jvm", "17.0.9"},
                           {"images", {{"app", "sha256:" + std::string(64, 'a')}}},
                           {"seed", 42}};
  run.facts[std::string(fact::kBreaker)] = to_json(clean_breaker());
  run.facts[std::string(fact::kRollback)] = to_json(clean_rollback());
  run.facts[std::string(fact::kConfiguration)] = to_json(clean_configuration());
  run.facts["end"] = {{"reason", "completed"}, {"detail", ""}};
}

}  // namespace bhsim::checks::clean
