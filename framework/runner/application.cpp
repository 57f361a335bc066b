#include "framework/runner/application.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/engine/resources.hpp"
#include "framework/load/http_get.hpp"
#include "framework/runner/diagnosis.hpp"
#include "framework/runner/ports.hpp"
#include "framework/runner/staller.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMegabyte = 1 << 20;
// Beside the heap: metaspace, code cache, thread stacks, GC's own structures, JFR's buffers.
constexpr std::int64_t kBesideHeap = 768 * kMegabyte;
constexpr std::int64_t kPidsLimit = 512;

// The largest heap that the JVM's flags allow; without -Xmx a quarter of 4 GiB.
std::int64_t heap_limit(const std::vector<std::string>& flags) {
  for (auto flag = flags.rbegin(); flag != flags.rend(); ++flag)
    if (flag->starts_with("-Xmx"))
      if (const auto size = parse_size(std::string_view(*flag).substr(4))) return *size;
  return 1024 * kMegabyte;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// What bhsim watches is written by the JVM itself, on its monotonic clock.
std::vector<std::string> observation_flags(const config::Plan& plan) {
  std::vector<std::string> flags{
      "-Xlog:async",
      fmt::format("-Xlog:gc*=info:file={}:timenanos,level,tags:filecount=0", kGcLog),
      fmt::format("-Xlog:redefine+class*=info:file={}:timenanos,level,tags:filecount=0",
                  kRedefineLog),
      fmt::format("-XX:ErrorFile={}", kCrashReport),
      "-XX:+HeapDumpOnOutOfMemoryError",
      fmt::format("-XX:HeapDumpPath={}", kHeapDump),
  };
  // The recording itself is started later (probes): its files must lie where they are kept.
  if (plan.production.jfr_enabled)
    flags.emplace_back("-XX:FlightRecorderOptions=repository=/logs/jfr");
  return flags;
}

// What a flag of the agent's profile may name; empty: the contract has nothing of the kind.
std::vector<std::pair<std::string_view, std::string>> agent_places(const config::Plan& plan) {
  const auto& app = plan.app;
  return {{"{jar}", fmt::format("{}/agent.jar", kGivenFolder)},
          {"{config}", fmt::format("{}/production-config.yml", kGivenFolder)},
          {"{classes}", app.swap_directory.empty() ? "/classes" : app.swap_directory},
          {"{health}", app.ready_path.empty()
                           ? ""
                           : fmt::format("http://127.0.0.1:{}{}", app.port, app.ready_path)},
          {"{audit}", app.audit_file}};
}

// A flag that names what the contract does not have is left out: the agent does without.
std::vector<std::string> agent_flags(const config::Plan& plan) {
  const auto places = agent_places(plan);
  std::vector<std::string> flags;
  for (auto flag : plan.agent.jvm) {
    const bool lacks = std::any_of(places.begin(), places.end(), [&flag](const auto& place) {
      return place.second.empty() && flag.find(place.first) != std::string::npos;
    });
    if (lacks) continue;
    for (const auto& [name, value] : places) replace_all(flag, name, value);
    flags.push_back(std::move(flag));
  }
  return flags;
}

// What an application has written may hold anything; a terminal gets its text.
std::string printable(std::string text) {
  std::erase_if(text,
                [](unsigned char c) { return (c < ' ' && c != '\n' && c != '\t') || c == 127; });
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "(it wrote nothing)" : text;
}

// From the signal to the end that it caused, at most.
constexpr Nanos kBeforeTheEnd = 45s;
constexpr int kMostPorts = 5;

}  // namespace

Cores divide_cores(int online) {
  Cores cores;
  cores.application_count = std::max(1, online / 2);
  const int first = online - cores.application_count;
  cores.application = cores.application_count == 1 ? std::to_string(first)
                                                   : fmt::format("{}-{}", first, online - 1);
  for (int core = 0; core < std::max(1, first); ++core) cores.own.push_back(core);
  return cores;
}

bool answers_ok(int port, const std::string& path, Nanos patience) {
  const auto answer = load::http_get({.port = static_cast<std::uint16_t>(port)}, path, patience);
  return answer && answer->status == 200;
}

faults::Heard hear(int port, const std::string& path, Nanos patience) {
  const load::Target target{.port = static_cast<std::uint16_t>(port)};
  if (load::http_get(target, path, patience)) return faults::Heard::answer;
  return load::takes_connections(target, patience) ? faults::Heard::connection
                                                   : faults::Heard::nothing;
}

std::vector<std::string> application_command(const config::Plan& plan,
                                             std::string_view dependency) {
  std::vector<std::string> jvm = plan.jvm;
  const auto observed = observation_flags(plan);
  jvm.insert(jvm.end(), observed.begin(), observed.end());
  const auto agent = agent_flags(plan);
  std::vector<std::string> command;
  for (const auto& word : plan.app.command) {
    if (word == "{jvm}")
      command.insert(command.end(), jvm.begin(), jvm.end());
    else if (word == "{agent}")
      command.insert(command.end(), agent.begin(), agent.end());
    else
      replace_all(command.emplace_back(word), "{dependency}", dependency);
  }
  return command;
}

Application::Application(const Setting& setting, std::string role)
    : setting_(setting), role_(std::move(role)) {}

std::string Application::name(std::string_view what) const {
  return fmt::format("bhsim-{}-{}-{}", setting_.run_id, role_, what);
}

Result<std::unique_ptr<Application>> Application::create(const Setting& setting,
                                                         const std::string& role) {
  std::unique_ptr<Application> application(new Application(setting, role));
  if (auto created = application->create_all(); !created) {
    const Error error = created.error().within(fmt::format("prepare the application ({})", role));
    if (auto removed = application->remove(); !removed)
      return fail(error.code, "{}; and {}", error.message, removed.error().message);
    return fail(error);
  }
  return application;
}

Result<void> Application::create_all() {
  const auto& engine = *setting_.engine;
  const engine::Labels labels{{std::string(kRunLabel), setting_.run_id}};
  BHSIM_ASSIGN(network_, engine::create_network(engine, name("net"), labels));
  std::vector<std::string> folders{"/logs", std::string(kGivenFolder)};
  if (!setting_.plan->app.swap_directory.empty())
    folders.push_back(setting_.plan->app.swap_directory);
  folders.insert(folders.end(), setting_.plan->app.volumes.begin(),
                 setting_.plan->app.volumes.end());
  for (const auto& folder : folders) {
    std::string volume = name(std::string_view(folder).substr(1));
    std::replace(volume.begin(), volume.end(), '/', '-');
    BHSIM_TRY(engine::create_volume(engine, {.name = volume, .labels = labels, .options = {}}));
    volumes_.push_back({.volume = volume, .path = folder});
  }
  // The JVM's performance counters are a mapped file in /tmp: on a disk, its write-back would stop
  // the world.
  const std::string temporary = name("tmp");
  BHSIM_TRY(engine::create_volume(
      engine, {.name = temporary,
               .labels = labels,
               .options = {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=64m,mode=1777"}}}));
  volumes_.push_back({.volume = temporary, .path = "/tmp"});
  BHSIM_TRY(start_dependency());
  // The application's container first: a volume takes its owner from the folder of the first image
  // mounted over it.
  BHSIM_TRY(create_container());
  auto holder = sidecar_spec();
  holder.name = name("holder");
  BHSIM_ASSIGN(holder_, sidecar::start_holder(engine, holder));
  return give_files();
}

// Its address has to be known when the application's container is made.
Result<void> Application::start_dependency() {
  const auto& plan = *setting_.plan;
  if (plan.app.dependency.port == 0) return {};
  const DependencyOptions options{.engine = *setting_.engine,
                                  .clock = *setting_.clock,
                                  .dependency = plan.app.dependency,
                                  .prefix = fmt::format("bhsim-{}-{}", setting_.run_id, role_),
                                  .labels = {{std::string(kRunLabel), setting_.run_id}},
                                  .network = name("net"),
                                  .application_image = setting_.image.id,
                                  .helper_image = setting_.helper.id,
                                  .user = setting_.user,
                                  .cpuset = fmt::format("{}", fmt::join(setting_.cores.own, ",")),
                                  .way = role_ == "load" ? way_there(plan) : WayThere::direct};
  BHSIM_ASSIGN(dependency_, DependencyContainer::start(options));
  return {};
}

Result<void> Application::create_container() {
  BHSIM_ASSIGN(port_, free_port(ephemeral_ports()));
  BHSIM_ASSIGN(container_, engine::create_container(*setting_.engine, container_spec()));
  return {};
}

Result<void> Application::give_files() {
  std::vector<engine::TarEntry> files;
  files.push_back(
      {.path = "production-config.yml", .mode = 0444, .content = setting_.plan->production.text});
  if (!setting_.agent_jar.empty()) {
    BHSIM_ASSIGN(auto jar, read_file(setting_.agent_jar));
    files.push_back({.path = "agent.jar", .mode = 0444, .content = std::move(jar)});
  }
  if (has_staller(*setting_.plan)) {
    BHSIM_ASSIGN(auto jar, read_file(setting_.staller_jar));
    files.push_back({.path = std::string(kStallerJar.substr(kGivenFolder.size() + 1)),
                     .mode = 0444,
                     .content = std::move(jar)});
  }
  return engine::put_archive(*setting_.engine, holder_, kGivenFolder, files);
}

engine::ContainerSpec Application::container_spec() const {
  const auto& plan = *setting_.plan;
  engine::ContainerSpec spec;
  spec.name = name("app");
  spec.image = setting_.image.id;
  const std::string dependency = dependency_ ? dependency_->address() : "";
  spec.command = application_command(plan, dependency);
  spec.environment = plan.app.environment;
  for (auto& entry : spec.environment)
    if (dependency_) replace_all(entry, "{dependency}", dependency);
  spec.labels = {{std::string(kRunLabel), setting_.run_id}, {"bhsim.role", role_}};
  spec.user = setting_.user;
  for (const auto& volume : volumes_)
    spec.mounts.push_back({.type = engine::Mount::Type::volume,
                           .source = volume.volume,
                           .target = volume.path,
                           .read_only = volume.path == kGivenFolder});
  spec.ports = {{.container_port = plan.app.port, .host_port = port_}};
  spec.network = name("net");
  spec.memory_bytes = heap_limit(plan.jvm) + kBesideHeap;
  spec.cpuset = setting_.cores.application;
  spec.nano_cpus = setting_.cores.application_count * 1'000'000'000LL;
  spec.pids_limit = kPidsLimit;
  spec.stop_signal = plan.app.stop_signal;
  spec.stop_timeout = plan.app.stop_within;
  return spec;
}

sidecar::SidecarSpec Application::sidecar_spec() const {
  sidecar::SidecarSpec spec;
  spec.target = container_;
  spec.image = setting_.helper.id;
  spec.user = setting_.user;
  spec.labels = {{std::string(kRunLabel), setting_.run_id}};
  spec.mounts = volumes_;
  return spec;
}

Result<history::JvmSegment> Application::start(std::stop_token stop) {
  const auto& engine = *setting_.engine;
  for (int attempt = 1;; ++attempt) {
    const Time t_start = setting_.clock->now();
    const auto started = engine::start_container(engine, container_);
    if (started) return resume(t_start, std::move(stop));
    if (!port_taken(started.error()) || attempt == kMostPorts)
      return fail(ErrorCode::engine,
                  "the engine cannot start the application ({}) from image {}: {}", role_,
                  setting_.image.name, started.error().message);
    BHSIM_TRY(engine::remove_container(engine, container_));
    BHSIM_TRY(create_container());
  }
}

Result<history::JvmSegment> Application::resume(Time t_start, std::stop_token stop) {
  const std::int64_t number = segment_.container.empty() ? 0 : segment_.segment + 1;
  segment_ = {};
  segment_.segment = number;
  segment_.container = container_;
  segment_.role = role_;
  segment_.t_start = t_start;
  BHSIM_TRY(start_sidecar());
  BHSIM_TRY(wait_ready(std::move(stop)));
  segment_.t_ready = seen_running_ = setting_.clock->now();
  return segment_;
}

history::JvmSegment Application::ready_late(Time t_ready) {
  segment_.t_ready = t_ready;
  return segment_;
}

std::shared_ptr<sidecar::Sidecar> Application::sidecar() const {
  const std::lock_guard lock(sidecar_mutex_);
  return sidecar_;
}

void Application::set_sidecar(std::shared_ptr<sidecar::Sidecar> sidecar) {
  const std::lock_guard lock(sidecar_mutex_);
  sidecar_ = std::move(sidecar);
}

Result<void> Application::start_sidecar() {
  set_sidecar(nullptr);
  if (!sidecar_container_.empty())
    BHSIM_TRY(engine::remove_container(*setting_.engine, sidecar_container_));
  auto spec = sidecar_spec();
  spec.name = fmt::format("{}-{}", name("sidecar"), segment_.segment);
  auto started = sidecar::start_sidecar(*setting_.engine, spec, *setting_.clock, 20s);
  if (!started) {
    // The usual reason is that the target is gone already: then its own last words tell more.
    const auto state = engine::inspect_container(*setting_.engine, container_);
    if (state && !state->running) return fail(died(*state));
    return fail(started.error());
  }
  set_sidecar(std::move(started->sidecar));
  sidecar_container_ = started->container;
  return {};
}

Error Application::died(const engine::ContainerState& state) const {
  return {
      ErrorCode::config,
      fmt::format(
          "the application ({}) ended with exit code {}{} before it was ready; its last lines:\n{}",
          role_, state.exit_code, state.oom_killed ? " (killed: out of memory)" : "",
          last_lines())};
}

std::string Application::last_lines() const {
  auto lines = engine::last_lines(*setting_.engine, container_, 20);
  return printable(lines ? std::move(*lines) : lines.error().message);
}

Result<void> Application::wait_ready(std::stop_token stop) {
  const auto& app = setting_.plan->app;
  const std::string& path = app.ready_path.empty() ? app.live_path : app.ready_path;
  const Time deadline = segment_.t_start + app.start_within;
  Time look = setting_.clock->now();
  while (setting_.clock->now() < deadline) {
    if (stop.stop_requested())
      return fail(ErrorCode::cancelled, "stopped while the application ({}) was starting", role_);
    if (path.empty() || answers_ok(port_, path, 1s)) return {};
    if (setting_.clock->now() >= look) {
      look = setting_.clock->now() + 500ms;
      BHSIM_ASSIGN(const auto state, engine::inspect_container(*setting_.engine, container_));
      if (!state.running) return fail(died(state));
    }
    setting_.clock->sleep_until(setting_.clock->now() + 20ms);
  }
  return fail(ErrorCode::config,
              "the application ({}) was not ready at {} within {} (health and start of its "
              "contract); its last lines:\n{}{}",
              role_, path, format_duration(app.start_within), last_lines(), main_thread());
}

// Where a JVM that is alive and does not become ready stands; empty when it does not tell.
std::string Application::main_thread() const {
  const auto helper = sidecar();
  if (helper == nullptr) return "";
  const auto dump = helper->thread_dump();
  const auto stack = dump ? thread_in_dump(*dump, "main") : std::string();
  return stack.empty() ? "" : "\nits main thread:\n" + printable(stack);
}

Result<history::JvmSegment> Application::ended(bool planned) {
  BHSIM_ASSIGN(const auto state, engine::inspect_container(*setting_.engine, container_));
  segment_.planned_end = planned;
  segment_.oom_killed = state.oom_killed;
  segment_.exit_code = state.exit_code;
  segment_.t_end = setting_.clock->now();
  return segment_;
}

Result<std::optional<UnplannedEnd>> Application::look_for_end() {
  const auto state = engine::inspect_container(*setting_.engine, container_);
  const Time now = setting_.clock->now();
  if (state && state->running) {
    seen_running_ = now;
    return std::optional<UnplannedEnd>{};
  }
  if (!state && state.error().code != ErrorCode::not_found) return fail(state.error());
  UnplannedEnd end;
  end.seen_running = seen_running_;
  segment_.t_end = now;
  if (state) {
    segment_.exit_code = state->exit_code;
    segment_.oom_killed = state->oom_killed;
    end.last_lines = last_lines();
    BHSIM_ASSIGN(end.asked_for, was_signalled());
  } else {
    end.asked_for = true;  // removed, by whomever
  }
  end.segment = segment_;
  return std::optional(std::move(end));
}

// The engine signals a container only when somebody asks it to, or when it is itself shut down.
// What bhsim sends while the application is to run is the request for a thread dump.
Result<bool> Application::was_signalled() const {
  const std::int64_t now = to_ns(setting_.clock->wall());
  const Nanos lately = std::min(kBeforeTheEnd, setting_.clock->now() - segment_.t_start);
  BHSIM_ASSIGN(
      const auto events,
      engine::past_events(*setting_.engine, fmt::format("{}={}", kRunLabel, setting_.run_id),
                          now - lately.count(), now));
  return std::any_of(events.begin(), events.end(), [this](const engine::Event& event) {
    if (event.id != container_ || event.action != "kill") return false;
    const auto signal = event.attributes.find("signal");
    return signal == event.attributes.end() ||
           (signal->second != "3" && signal->second != "SIGQUIT");
  });
}

Result<history::JvmSegment> Application::stop() {
  BHSIM_ASSIGN(const auto state, engine::inspect_container(*setting_.engine, container_));
  set_sidecar(nullptr);
  if (!state.running && segment_.t_end) return segment_;
  if (!state.running) return ended(false);
  BHSIM_TRY(engine::stop_container(*setting_.engine, container_, setting_.plan->app.stop_within));
  return ended(true);
}

Result<std::string> Application::original_class(const std::string& class_name) const {
  std::string file = class_name;
  std::replace(file.begin(), file.end(), '.', '/');
  const std::string path = fmt::format("{}/{}.class", setting_.plan->app.swap_source, file);
  BHSIM_ASSIGN(auto entries,
               engine::get_archive(*setting_.engine, container_, path, 16 * kMegabyte));
  if (entries.size() != 1) return fail(ErrorCode::config, "{} is no file in the image", path);
  return std::move(entries.front().content);
}

Result<std::vector<engine::LeftOut>> Application::keep_files(std::string_view path,
                                                             const Path& into) const {
  auto left_out = engine::copy_out(*setting_.engine, holder_, path, into,
                                   {.all_bytes = kMostKept, .file_bytes = kMostKeptFile});
  if (!left_out && left_out.error().code == ErrorCode::not_found)
    return std::vector<engine::LeftOut>();
  if (!left_out) return left_out;
  for (const auto& file : *left_out)
    log::warning("{} of the application ({}) is not kept: it has {}", file.name, role_,
                 format_size(file.bytes));
  return left_out;
}

Result<void> Application::remove() {
  const auto& engine = *setting_.engine;
  set_sidecar(nullptr);
  for (const auto& id : {sidecar_container_, container_, holder_})
    if (!id.empty()) BHSIM_TRY(engine::remove_container(engine, id));
  if (dependency_) BHSIM_TRY(dependency_->remove());
  if (!network_.empty()) BHSIM_TRY(engine::remove_network(engine, network_));
  for (const auto& volume : volumes_) BHSIM_TRY(engine::remove_volume(engine, volume.volume));
  return {};
}

}  // namespace bhsim::runner
