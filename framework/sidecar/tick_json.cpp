#include "framework/sidecar/tick_json.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::sidecar {
namespace {

using nlohmann::json;

// Reads whole numbers; remembers whether one lacked.
class Numbers {
 public:
  explicit Numbers(const json& object) : object_(object) {}
  std::int64_t get(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_number_integer()) {
      complete_ = false;
      return 0;
    }
    return found->get<std::int64_t>();
  }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  const json& object_;
  bool complete_ = true;
};

std::optional<ProcessTick> parse_process(const json& object) {
  Numbers numbers(object);
  ProcessTick tick;
  tick.threads = numbers.get("threads");
  tick.rss_bytes = numbers.get("rss");
  tick.cpu_threads = Nanos(numbers.get("cpu_threads"));
  tick.cpu_agent = Nanos(numbers.get("cpu_agent"));
  tick.cpu_process = Nanos(numbers.get("cpu_process"));
  tick.agent_threads = numbers.get("agent_threads");
  if (object.contains("descriptors")) tick.descriptors = numbers.get("descriptors");
  if (!numbers.complete()) return std::nullopt;
  return tick;
}

std::optional<JvmTick> parse_jvm(const json& object) {
  Numbers numbers(object);
  JvmTick tick;
  tick.heap_used = numbers.get("heap_used");
  tick.heap_committed = numbers.get("heap_committed");
  tick.metaspace_used = numbers.get("metaspace_used");
  tick.classes_loaded = numbers.get("classes_loaded");
  tick.classes_unloaded = numbers.get("classes_unloaded");
  tick.gc_count = numbers.get("gc_count");
  tick.gc_time = Nanos(numbers.get("gc_time"));
  tick.safepoint_time = Nanos(numbers.get("safepoint_time"));
  tick.safepoints = numbers.get("safepoints");
  if (!numbers.complete()) return std::nullopt;
  return tick;
}

}  // namespace

std::optional<Tick> parse_tick(const json& line) {
  if (!line.is_object()) return std::nullopt;
  Numbers numbers(line);
  Tick tick;
  tick.t = time_from_ns(numbers.get("t"));
  tick.missed = numbers.get("missed");
  if (!numbers.complete()) return std::nullopt;
  if (const auto found = line.find("process"); found != line.end() && found->is_object()) {
    tick.process = parse_process(*found);
  }
  if (const auto found = line.find("jvm"); found != line.end() && found->is_object()) {
    tick.jvm = parse_jvm(*found);
  }
  return tick;
}

}  // namespace bhsim::sidecar
