#include "framework/load/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "framework/base/units.hpp"

namespace bhsim::load {
namespace {

// The part before the first `separator`, and what follows; nothing follows when there is none.
std::pair<std::string_view, std::string_view> split(std::string_view text, char separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

template <typename T>
bool parse_whole(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size();
}

// "500" or "500/s".
Result<double> rate_of(std::string_view text) {
  double rate = 0;
  if (parse_whole(text, rate)) return rate;
  return parse_rate(text);
}

Result<void> read_stages(std::string_view text, LoadSpec& spec) {
  while (!text.empty()) {
    const auto [stage, rest] = split(text, ',');
    const auto [length, rate] = split(stage, '@');
    Stage next;
    BHSIM_ASSIGN(next.length, parse_duration(length));
    BHSIM_ASSIGN(next.rate_end_per_s, rate_of(rate));
    spec.stages.push_back(next);
    text = rest;
  }
  return {};
}

// "5000/s:every=10s:for=1s"
Result<void> read_spikes(std::string_view text, LoadSpec& spec) {
  const auto [rate_text, rest] = split(text, ':');
  BHSIM_ASSIGN(const double rate, rate_of(rate_text));
  Nanos every{};
  Nanos length{};
  for (std::string_view words = rest; !words.empty();) {
    const auto [word, more] = split(words, ':');
    const auto [name, value] = split(word, '=');
    if (name != "every" && name != "for") {
      return fail(ErrorCode::usage, "--arrivals: \"{}\" is neither every=… nor for=…", word);
    }
    BHSIM_ASSIGN((name == "every" ? every : length), parse_duration(value));
    words = more;
  }
  if (length <= Nanos(0) || every <= length) {
    return fail(
        ErrorCode::usage,
        "--arrivals: spikes need every=… longer than for=…: spikes:5000/s:every=10s:for=1s");
  }
  for (Nanos at = every; at < spec.duration; at += every) spec.spikes.push_back({at, length, rate});
  return {};
}

// One start a line, in seconds since the first line's zero; '#' begins a comment.
Result<void> read_replay(const Path& file, LoadSpec& spec) {
  BHSIM_ASSIGN(const std::string text, read_file(file, std::size_t{1} << 30U));
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    double seconds = 0;
    if (!parse_whole(line, seconds) || seconds < 0 || seconds > 1e9) {
      return fail(ErrorCode::usage, "{}:{}: \"{}\" is not a time in seconds", file.string(), number,
                  line);
    }
    spec.replay.emplace_back(static_cast<std::int64_t>(seconds * 1e9 + 0.5));
  }
  spec.process = Process::replay;
  return {};
}

Result<void> read_arrivals(const LoadCommandOptions& options, LoadSpec& spec) {
  if (options.precision && !is_search(options)) {
    return fail(ErrorCode::usage, "--precision: of --rate=search only");
  }
  if (options.rate == "max") {
    spec.process = Process::closed;
    return {};
  }
  const auto [kind, rest] = split(options.arrivals, ':');
  if (!is_search(options)) {
    BHSIM_ASSIGN(spec.rate_per_s, rate_of(options.rate));
  } else if (kind != "constant" && kind != "poisson") {
    return fail(ErrorCode::usage,
                "--arrivals={}: --rate=search tries one rate after another, so they are constant "
                "or poisson",
                options.arrivals);
  }
  if (kind == "constant" || kind == "poisson") {
    spec.process = kind == "constant" ? Process::constant : Process::poisson;
    return {};
  }
  if (kind == "stages") return read_stages(rest, spec);
  if (kind == "spikes") return read_spikes(rest, spec);
  if (kind == "replay") return read_replay(Path(rest), spec);
  return fail(ErrorCode::usage,
              "--arrivals={}: known are constant, poisson, stages:10s@500,10s@2000, "
              "spikes:5000/s:every=10s:for=1s "
              "and replay:FILE",
              options.arrivals);
}

Result<void> read_expectation(std::string_view text, Expectation& expect) {
  const auto [kind, value] = split(text, '=');
  if (kind == "status") {
    if (parse_whole(value, expect.status)) return {};
  } else if (kind == "body" && !value.empty()) {
    expect.body_contains = value;
    return {};
  } else if (kind == "header") {
    const auto [name, content] = split(value, ':');
    const std::size_t begin = std::min(content.find_first_not_of(' '), content.size());
    expect.headers.emplace_back(name, content.substr(begin));
    return {};
  } else if (kind == "json") {
    static constexpr std::array<std::pair<std::string_view, JsonType>, 7> kTypes = {
        {{"any", JsonType::any},
         {"string", JsonType::string},
         {"number", JsonType::number},
         {"boolean", JsonType::boolean},
         {"object", JsonType::object},
         {"array", JsonType::array},
         {"null", JsonType::null}}};
    const auto [field, type_and] = split(value, ':');
    const std::string_view type = type_and.empty() ? "any" : type_and;
    for (const auto& [name, known] : kTypes) {
      if (name != type) continue;
      expect.json.emplace_back(field, known);
      return {};
    }
  }
  return fail(ErrorCode::usage,
              "--expect={}: known are status=201, body=TEXT, header=Name: value and "
              "json=field:number (string, number, "
              "boolean, object, array, null, any)",
              text);
}

Result<Operation> read_operation(const LoadCommandOptions& options) {
  Operation op;
  op.name = "request";
  for (const std::string& header : options.headers) {
    const auto [name, value] = split(header, ':');
    const std::size_t begin = std::min(value.find_first_not_of(' '), value.size());
    op.headers.emplace_back(name, value.substr(begin));
  }
  op.body = options.data;
  if (options.data.starts_with('@')) {
    BHSIM_ASSIGN(op.body, read_file(Path(options.data.substr(1)), std::size_t{16} << 20U));
  }
  op.method = !options.method.empty() ? options.method : op.body.empty() ? "GET" : "POST";
  for (const std::string& expect : options.expect) BHSIM_TRY(read_expectation(expect, op.expect));
  return op;
}

Result<void> take_mix(const LoadCommandOptions& options, const Url& url, LoadSpec& spec) {
  if (!options.method.empty() || !options.headers.empty() || !options.data.empty() ||
      !options.expect.empty()) {
    return fail(ErrorCode::usage,
                "--operations: the operations of the file say method, headers, body and "
                "expectations; leave out --method, --header, --data and --expect");
  }
  if (url.path.find('?') != std::string::npos) {
    return fail(ErrorCode::usage,
                "{}: with --operations the URL stands in front of each path, so it has no query",
                options.url);
  }
  spec.target.path_prefix = url.path;
  while (spec.target.path_prefix.ends_with('/')) spec.target.path_prefix.pop_back();
  spec.operations = options.mix->operations;
  spec.data = options.mix->data;
  if (!options.mix->skus.empty()) spec.skus = options.mix->skus;
  return {};
}

Result<Target> with_tls(Target target, const LoadCommandOptions& options) {
  const bool asked = options.insecure || !options.ca_file.empty() || !options.server_name.empty();
  if (asked && !target.tls) {
    return fail(ErrorCode::usage,
                "{}: --ca-file, --server-name and --insecure are for URLs with https://",
                options.url);
  }
  if (options.insecure && !options.ca_file.empty()) {
    return fail(ErrorCode::usage, "--insecure and --ca-file={}: either is verified or not",
                options.ca_file.string());
  }
  if (asked)
    target.tls = TlsOptions{!options.insecure, options.ca_file.string(), options.server_name};
  return target;
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const bool over_tls = text.starts_with("https://");
  if (!over_tls && !text.starts_with("http://"))
    return fail(ErrorCode::usage, "{}: a URL begins with http:// or https://", text);
  std::string_view rest = text.substr(over_tls ? 8 : 7);
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  Url url;
  if (over_tls) {
    url.target.tls.emplace();
    url.target.port = 443;
  }
  url.path = rest.substr(
      slash, rest.find('#') == std::string_view::npos ? rest.size() : rest.find('#') - slash);
  if (url.path.empty() || url.path.front() != '/') url.path.insert(0, "/");
  if (authority.find('@') != std::string_view::npos) {
    return fail(
        ErrorCode::usage,
        "a URL with a password would be stored with the results; use -H 'Authorization: …'");
  }
  std::size_t colon = authority.rfind(':');
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return fail(ErrorCode::usage, "{}: [ is not closed", text);
    url.target.host = authority.substr(1, close - 1);
    colon = close + 1 < authority.size() && authority[close + 1] == ':' ? close + 1
                                                                        : std::string_view::npos;
  } else {
    url.target.host = authority.substr(0, colon);
  }
  if (url.target.host.empty()) return fail(ErrorCode::usage, "{}: there is no host", text);
  if (colon != std::string_view::npos) {
    std::uint16_t port = 0;
    if (!parse_whole(authority.substr(colon + 1), port) || port == 0) {
      return fail(ErrorCode::usage, "{}: \"{}\" is not a port", text, authority.substr(colon + 1));
    }
    url.target.port = port;
  }
  return url;
}

Result<LoadSpec> to_spec(const LoadCommandOptions& options) {
  LoadSpec spec;
  BHSIM_ASSIGN(const Url url, parse_url(options.url));
  BHSIM_ASSIGN(spec.target, with_tls(url.target, options));
  spec.allow_targets = options.allow_targets;
  spec.connections = options.connections;
  spec.threads = options.threads;
  spec.duration = options.duration;
  spec.timeout = options.timeout;
  spec.slo = options.slo;
  spec.seed = options.seed;
  if (options.pacing == "exact") {
    spec.pacing.gap = Nanos(0);
  } else {
    BHSIM_ASSIGN(spec.pacing.gap, parse_duration(options.pacing));
  }
  BHSIM_TRY(read_arrivals(options, spec));
  if (options.mix) {
    BHSIM_TRY(take_mix(options, url, spec));
  } else {
    BHSIM_ASSIGN(Operation op, read_operation(options));
    op.path = url.path;
    spec.operations.push_back(std::move(op));
  }
  BHSIM_TRY(validate(spec));
  return spec;
}

bool is_search(const LoadCommandOptions& options) {
  return options.rate == "search" || options.rate.starts_with("search:");
}

Result<CapacityOptions> to_search(const LoadCommandOptions& options) {
  if (!options.hlog.empty()) {
    return fail(ErrorCode::usage,
                "--hlog: of one run, not of --rate=search; --json has all trials");
  }
  CapacityOptions search;
  search.duration = options.duration;
  search.max_p99 = options.max_p99.value_or(options.slo);
  search.max_error_share = options.max_error_share.value_or(search.max_error_share);
  search.precision = options.precision.value_or(search.precision);
  const double seconds = std::max(to_seconds(options.duration), 1e-9);
  search.from_per_s = std::min(std::ceil(search.least_requests / seconds), search.to_per_s);
  const std::string_view range = split(options.rate, ':').second;
  if (options.rate != "search") {
    const std::size_t dots = range.find("..");
    if (dots == std::string_view::npos) {
      return fail(ErrorCode::usage, "--rate={}: write for example search:100/s..20000/s",
                  options.rate);
    }
    const std::string_view from = range.substr(0, dots);
    const std::string_view to = range.substr(dots + 2);
    if (!from.empty()) {
      BHSIM_ASSIGN(search.from_per_s, rate_of(from));
    }
    if (!to.empty()) {
      BHSIM_ASSIGN(search.to_per_s, rate_of(to));
      if (from.empty()) search.from_per_s = std::min(search.from_per_s, search.to_per_s);
    }
  }
  BHSIM_TRY(validate(search));
  return search;
}

}  // namespace bhsim::load
