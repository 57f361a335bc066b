#include "framework/probes/jfr_costs.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace bhsim::probes::jfr {
namespace {

constexpr std::size_t kMostNames = 20'000;  // different ones of a kind; the rest is "others"
constexpr std::size_t kMostStacks = 32;     // different ones of a name
constexpr std::size_t kShownFrames = 8;
constexpr std::size_t kSearchedFrames = 64;
constexpr std::size_t kMostPauses = 1'000;
constexpr std::uintmax_t kMostChunk = 256U << 20U;
constexpr std::size_t kMostPoints = 1'000'000;
constexpr std::string_view kOthers = "others";

// Pauses that bhsim asks the JVM for: forced collections, class histograms, thread dumps.
constexpr std::array<std::string_view, 3> kAskedFor = {
    "Diagnostic Command", "Heap Inspection Initiated GC", "JVM operation PrintThreads"};

std::string with_dots(std::string name) {
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

bool jdks_own(std::string_view name) {
  return std::ranges::any_of(std::array{"java.", "javax.", "jdk.", "sun.", "com.sun."},
                             [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// "[B" and the like, as people write them.
std::string class_words(std::string name) {
  std::string dimensions;
  while (name.starts_with('[')) {
    dimensions += "[]";
    name.erase(0, 1);
  }
  if (dimensions.empty()) return name;
  constexpr std::array kPrimitives = {std::pair{'B', "byte"},   std::pair{'C', "char"},
                                      std::pair{'D', "double"}, std::pair{'F', "float"},
                                      std::pair{'I', "int"},    std::pair{'J', "long"},
                                      std::pair{'S', "short"},  std::pair{'Z', "boolean"}};
  for (const auto& [letter, word] : kPrimitives)
    if (name.size() == 1 && name[0] == letter) return word + dimensions;
  if (name.starts_with('L') && name.ends_with(';')) name = name.substr(1, name.size() - 2);
  return name + dimensions;
}

struct Span {
  WallTime from, to;
};

Result<std::string> read_piece(std::ifstream& in, std::uintmax_t at, std::uintmax_t size) {
  std::string bytes(size, '\0');
  in.clear();
  in.seekg(static_cast<std::streamoff>(at));
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (in.bad()) return fail(ErrorCode::io, "it cannot be read");
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// The bytes of the chunk that begins there, as far as the file has them.
Result<std::string> read_chunk(std::ifstream& in, std::uintmax_t at, std::uintmax_t file_size) {
  BHSIM_ASSIGN(const auto head, read_piece(in, at, kHeaderBytes));
  BHSIM_ASSIGN(const auto header, parse_header(head));
  const auto size = static_cast<std::uintmax_t>(header.size);
  if (size < kHeaderBytes || size > kMostChunk)
    return fail(ErrorCode::protocol, "a chunk of {} bytes", size);
  return read_piece(in, at, std::min(size, file_size - at));
}

}  // namespace

// The words behind the keys of one chunk; each is looked up once.
class Costs::Names {
 public:
  explicit Names(const Chunk& chunk) : chunk_(chunk) {}

  // A text inside a constant: follows `fields` from structure to structure.
  std::string text(std::int64_t type, std::int64_t key, std::string_view member) const {
    const auto* of = chunk_.type(type);
    const auto constant = chunk_.constant(type, key);
    if (of == nullptr || !constant) return {};
    const auto index = of->index(member);
    const auto& value = field(constant->parts(), index);
    if (!index) return {};
    if (!of->fields[*index].pooled) return value.text();
    // A symbol, or a text of the pool: what is first in it.
    const auto* inner = chunk_.type(of->fields[*index].type);
    if (inner == nullptr) return {};
    const auto there = chunk_.constant(inner->id, value.number());
    if (!there) return {};
    return inner->is == Type::Is::text ? there->text() : field(there->parts(), 0).text();
  }

  const std::string& class_name(std::int64_t type, std::int64_t key) {
    const auto [found, added] = classes_.try_emplace(key);
    if (added) found->second = class_words(with_dots(text(type, key, "name")));
    return found->second;
  }

  bool agents(std::int64_t type, std::int64_t key, std::string_view prefix) {
    if (prefix.empty()) return false;
    const auto [found, added] = threads_.try_emplace(key);
    if (added) found->second = text(type, key, "javaName").starts_with(prefix);
    return found->second;
  }

  struct Stack {
    std::string top, own;  // innermost; the first that is not the JDK's, or else that
    std::string text;
  };
  Stack stack(std::int64_t type, std::int64_t key) {
    Stack stack;
    const auto* of = chunk_.type(type);
    const auto constant = chunk_.constant(type, key);
    if (of == nullptr || !constant) return stack;
    const auto frames_at = of->index("frames");
    const auto* frame_type = frames_at ? chunk_.type(of->fields[*frames_at].type) : nullptr;
    if (frame_type == nullptr) return stack;
    const auto method_at = frame_type->index("method"), line_at = frame_type->index("lineNumber");
    const auto method_type = Chunk::type_of(*frame_type, "method");
    std::size_t seen = 0;
    for (const auto& frame : field(constant->parts(), frames_at).parts()) {
      if (++seen > kSearchedFrames) break;
      const auto& name = method(method_type, field(frame.parts(), method_at).number());
      if (stack.top.empty()) stack.top = name;
      if (stack.own.empty() && !jdks_own(name)) stack.own = name;
      if (seen > kShownFrames) continue;
      const auto line = field(frame.parts(), line_at).number();
      stack.text += (seen > 1 ? "\n" : "") + name + (line > 0 ? fmt::format(":{}", line) : "");
    }
    if (stack.own.empty()) stack.own = stack.top;
    return stack;
  }

 private:
  const std::string& method(std::int64_t type, std::int64_t key) {
    const auto [found, added] = methods_.try_emplace(key);
    const auto* of = chunk_.type(type);
    const auto constant = added ? chunk_.constant(type, key) : std::nullopt;
    if (of == nullptr || !constant) return found->second;
    const auto owner = field(constant->parts(), of->index("type")).number();
    found->second = class_name(Chunk::type_of(*of, "type"), owner) + "." + text(type, key, "name");
    return found->second;
  }

  const Chunk& chunk_;
  std::unordered_map<std::int64_t, std::string> classes_, methods_;
  std::unordered_map<std::int64_t, bool> threads_;
};

FileReport Costs::read(const Path& file, const std::string& life) {
  FileReport report;
  if (life != life_) threads_.clear();
  life_ = life;
  std::error_code trouble;
  const auto size = std::filesystem::file_size(file, trouble);
  std::ifstream in(file, std::ios::binary);
  if (trouble || !in) report.trouble = "it cannot be opened";
  for (std::uintmax_t at = 0; report.trouble.empty() && at < size;) {
    const auto chunk = read_chunk(in, at, size);
    if (!chunk)
      report.trouble = chunk.error().message;
    else
      at += note(*chunk, report);
  }
  if (report.trouble.empty() && report.chunks == 0) report.trouble = "it is empty";
  if (!report.trouble.empty()) report.whole = false;
  return report;
}

std::uintmax_t Costs::note(const std::string& bytes, FileReport& report) {
  const auto chunk = Chunk::parse(bytes);
  if (!chunk) {
    report.trouble = chunk.error().message;
    return bytes.size();
  }
  const auto& header = chunk->header();
  report.whole = report.whole && chunk->whole();
  ++report.chunks;
  report.events += chunk->events();
  if (!report.from) report.from = header.start;
  report.to = std::max(report.to.value_or(chunk->end()), chunk->end());
  if (chunks_.insert(header.start).second) take(*chunk);
  return static_cast<std::uintmax_t>(header.size);
}

void Costs::take(const Chunk& chunk) {
  Names names(chunk);
  take_sampled(chunk, names, "jdk.ExecutionSample", cpu_, "sampledThread", "", "");
  take_sampled(chunk, names, "jdk.ObjectAllocationSample", allocation_, "eventThread",
               "objectClass", "weight");
  if (chunk.type("jdk.ObjectAllocationSample") == nullptr) {  // before JDK 16
    take_sampled(chunk, names, "jdk.ObjectAllocationInNewTLAB", allocation_, "eventThread",
                 "objectClass", "tlabSize");
    take_sampled(chunk, names, "jdk.ObjectAllocationOutsideTLAB", allocation_, "eventThread",
                 "objectClass", "allocationSize");
  }
  take_sampled(chunk, names, "jdk.JavaMonitorEnter", lock_, "eventThread", "monitorClass",
               "duration");
  take_pauses(chunk, names);
  take_allocated(chunk, names);
}

// Events with a stack: those of one stack, object and kind of thread are counted before they are
// put into words.
void Costs::take_sampled(const Chunk& chunk, Names& names, std::string_view event, Kind& kind,
                         std::string_view thread, std::string_view object,
                         std::string_view weight) {
  const auto* type = chunk.type(event);
  if (type == nullptr) return;
  const auto stack_at = type->index("stackTrace"), thread_at = type->index(thread),
             object_at = type->index(object), weight_at = type->index(weight);
  const auto thread_type = Chunk::type_of(*type, thread);
  struct Sum {
    std::int64_t samples = 0;
    double weight = 0;
  };
  std::map<std::tuple<std::int64_t, std::int64_t, bool>, Sum> sums;
  chunk.each(*type, [&](const Values& values) {
    const bool agents = names.agents(thread_type, field(values, thread_at).number(), prefix_);
    auto& sum = sums[{field(values, stack_at).number(), field(values, object_at).number(), agents}];
    ++sum.samples;
    const auto number = field(values, weight_at).number();
    if (weight.empty())
      sum.weight += 1;
    else if (weight == "duration")
      sum.weight += static_cast<double>(chunk.length(number).count());
    else
      sum.weight += static_cast<double>(number);
  });
  for (const auto& [key, sum] : sums) {
    const auto& [stack_key, object_key, agents] = key;
    const auto stack = names.stack(Chunk::type_of(*type, "stackTrace"), stack_key);
    std::string what = stack.top;
    if (!object.empty()) {
      what = names.class_name(Chunk::type_of(*type, object), object_key);
      if (!stack.own.empty()) what += " in " + stack.own;
    }
    if (what.empty() || (kind.size() >= kMostNames && !kind.contains(what))) what = kOthers;
    auto& tally = kind[what];
    tally.samples += sum.samples;
    if (agents) tally.agent_samples += sum.samples;
    tally.weight += sum.weight;
    if (tally.stacks.size() < kMostStacks || tally.stacks.contains(stack.text))
      tally.stacks[stack.text] += sum.weight;
  }
}

// Pauses of the collector, and operations of the JVM that stop all threads and are no part of one.
void Costs::take_pauses(const Chunk& chunk, Names& names) {
  const auto time_of = [&chunk](const Type& type, const Values& values) {
    const auto from = chunk.wall(field(values, type.index("startTime")).number());
    return Span{from, from + chunk.length(field(values, type.index("duration")).number())};
  };
  std::unordered_map<std::int64_t, std::string> collections;
  if (const auto* type = chunk.type("jdk.GarbageCollection"); type != nullptr)
    chunk.each(*type, [&](const Values& values) {
      const auto word = [&](std::string_view member, std::string_view of) {
        return names.text(Chunk::type_of(*type, member),
                          field(values, type->index(member)).number(), of);
      };
      collections[field(values, type->index("gcId")).number()] =
          fmt::format("{}: {}", word("name", "name"), word("cause", "cause"));
    });
  std::vector<Span> by_collector;
  if (const auto* type = chunk.type("jdk.GCPhasePause"); type != nullptr)
    chunk.each(*type, [&](const Values& values) {
      const auto time = time_of(*type, values);
      by_collector.push_back(time);
      const auto of = collections.find(field(values, type->index("gcId")).number());
      const auto& name = field(values, type->index("name")).text();
      add_pause({.what = of == collections.end() ? name : of->second,
                 .samples = 1,
                 .weight = static_cast<double>((time.to - time.from).count()),
                 .t = time.from});
    });
  if (const auto* type = chunk.type("jdk.ExecuteVMOperation"); type != nullptr)
    chunk.each(*type, [&](const Values& values) {
      if (field(values, type->index("safepoint")).number() == 0) return;
      const auto time = time_of(*type, values);
      if (std::ranges::any_of(by_collector, [&](const Span& other) {
            return time.from < other.to && other.from < time.to;
          }))
        return;
      const auto operation = field(values, type->index("operation")).number();
      const auto caller = field(values, type->index("caller")).number();
      const bool agents = names.agents(Chunk::type_of(*type, "caller"), caller, prefix_);
      add_pause({.what = "JVM operation " +
                         names.text(Chunk::type_of(*type, "operation"), operation, "type"),
                 .samples = 1,
                 .agent_samples = agents ? 1 : 0,
                 .weight = static_cast<double>((time.to - time.from).count()),
                 .t = time.from});
    });
}

void Costs::add_pause(Dear pause) {
  if (std::ranges::any_of(kAskedFor, [&](auto end) { return pause.what.ends_with(end); })) return;
  pause_ns_ += pause.weight;
  pauses_.push_back(std::move(pause));
  if (pauses_.size() < 2 * kMostPauses) return;
  std::ranges::nth_element(pauses_, pauses_.begin() + kMostPauses, std::greater(), &Dear::weight);
  pauses_.resize(kMostPauses);
}

// One look of the JVM at all its threads gives an event a thread, within some milliseconds.
void Costs::take_allocated(const Chunk& chunk, Names& names) {
  constexpr Nanos kOneLook = std::chrono::milliseconds(200);
  const auto* type = chunk.type("jdk.ThreadAllocationStatistics");
  if (type == nullptr) return;
  const auto time_at = type->index("startTime"), thread_at = type->index("thread"),
             bytes_at = type->index("allocated");
  const auto thread_type = Chunk::type_of(*type, "thread");
  struct Told {
    WallTime t;
    std::int64_t thread = 0, bytes = 0;
  };
  std::vector<Told> all;
  chunk.each(*type, [&](const Values& values) {
    all.push_back({chunk.wall(field(values, time_at).number()), field(values, thread_at).number(),
                   field(values, bytes_at).number()});
  });
  std::ranges::stable_sort(all, {}, &Told::t);
  for (std::size_t i = 0; i < all.size() && allocated_.size() < kMostPoints;) {
    const WallTime look = all[i].t;
    for (; i < all.size() && all[i].t - look < kOneLook; ++i) {
      auto& so_far = threads_[all[i].thread];
      const auto more = std::max<std::int64_t>(0, all[i].bytes - so_far);
      so_far += more;
      allocated_bytes_ += more;
      if (names.agents(thread_type, all[i].thread, prefix_)) agent_bytes_ += more;
    }
    allocated_.push_back({look, allocated_bytes_, agent_bytes_});
  }
}

std::map<std::string, std::vector<Dear>> Costs::dearest(std::size_t most) const {
  std::map<std::string, std::vector<Dear>> all;
  const auto keep = [&](const std::string& kind, std::vector<Dear> costs, double whole) {
    std::ranges::sort(costs, [](const Dear& a, const Dear& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.what < b.what;
    });
    if (costs.size() > most) costs.resize(most);
    for (auto& cost : costs) cost.share = whole > 0 ? cost.weight / whole : 0;
    if (!costs.empty()) all[kind] = std::move(costs);
  };
  const auto tallied = [&](const std::string& kind, const Kind& tallies) {
    std::vector<Dear> costs;
    double whole = 0;
    for (const auto& [what, tally] : tallies) {
      whole += tally.weight;
      const auto most_frequent =
          std::ranges::max_element(tally.stacks, {}, [](const auto& s) { return s.second; });
      costs.push_back({.what = what,
                       .stack = most_frequent == tally.stacks.end() ? "" : most_frequent->first,
                       .samples = tally.samples,
                       .agent_samples = tally.agent_samples,
                       .weight = tally.weight});
    }
    keep(kind, std::move(costs), whole);
  };
  tallied("cpu", cpu_);
  tallied("allocation", allocation_);
  tallied("lock", lock_);
  keep("pause", pauses_, pause_ns_);
  return all;
}

}  // namespace bhsim::probes::jfr
