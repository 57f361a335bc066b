#include <nlohmann/json.hpp>

#include "framework/engine/containers.hpp"

namespace bhsim::engine {
namespace {

constexpr std::size_t kHeader = 8;
constexpr std::uint32_t kLongestFrame = 64U << 20U;
constexpr unsigned char kDaemonError = 3;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

Result<bool> Demultiplexer::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ == 0) {
      const auto wanted = std::min(kHeader - header_.size(), bytes.size());
      header_ += bytes.substr(0, wanted);
      bytes.remove_prefix(wanted);
      if (header_.size() < kHeader) return true;
      stream_ = static_cast<unsigned char>(header_[0]);
      left_ = big_endian(std::string_view(header_).substr(4));
      header_.clear();
      if (stream_ > kDaemonError || left_ > kLongestFrame)
        return fail(ErrorCode::protocol, "the engine's stream has a frame of type {} and length {}",
                    stream_, left_);
      continue;
    }
    const auto piece = bytes.substr(0, left_);
    bytes.remove_prefix(piece.size());
    left_ -= static_cast<std::uint32_t>(piece.size());
    if (stream_ == kDaemonError) {
      daemon_error_ += piece;
      if (left_ == 0 || daemon_error_.size() > 4'096)
        return fail(ErrorCode::engine, "the engine broke its stream off: {}", daemon_error_);
      continue;
    }
    if (!sink_(stream_ == 2 ? OutputStream::err : OutputStream::out, piece)) return false;
  }
  return true;
}

Result<void> read_logs(const Client& client, std::string_view id, const LogOptions& options,
                       const OutputSink& sink, std::stop_token stop) {
  BHSIM_ASSIGN(const auto state, inspect_container(client, id));
  Request request{.path = fmt::format("/containers/{}/logs", id),
                  .query = {{"stdout", "1"}, {"stderr", "1"}},
                  .what = fmt::format("read the logs of {}", id)};
  if (options.follow) request.query.emplace_back("follow", "1");
  if (options.timestamps) request.query.emplace_back("timestamps", "1");
  if (!options.tail.empty()) request.query.emplace_back("tail", options.tail);
  if (!options.since.empty()) request.query.emplace_back("since", options.since);
  Demultiplexer frames(sink);
  std::optional<Error> broken;
  const auto take = [&](std::string_view bytes) {
    if (state.tty) return sink(OutputStream::out, bytes);
    const auto fed = frames.feed(bytes);
    if (!fed) broken = fed.error();
    return fed && *fed;
  };
  auto ended = client.stream(request, take, stop);
  if (broken) return fail(broken->within(request.what));
  if (!ended && !(ended.error().code == ErrorCode::cancelled && stop.stop_requested()))
    return fail(ended.error());
  return {};
}

Result<std::string> last_lines(const Client& client, std::string_view id, int lines) {
  constexpr std::size_t kMost = 64U << 10U;
  std::string text;
  BHSIM_TRY(read_logs(client, id, {.tail = std::to_string(lines)},
                      [&text](OutputStream, std::string_view bytes) {
                        text += bytes;
                        return text.size() < kMost;
                      },
                      {}));
  return text;
}

Result<void> follow_stats(const Client& client, std::string_view id,
                          const std::function<bool(const ContainerStats&)>& take,
                          std::stop_token stop) {
  const Request request{.path = fmt::format("/containers/{}/stats", id),
                        .query = {{"stream", "1"}},
                        .what = fmt::format("follow the stats of {}", id)};
  std::string pending;
  const auto on_bytes = [&](std::string_view bytes) {
    pending += bytes;
    std::size_t end = 0;
    while ((end = pending.find('\n')) != std::string::npos) {
      const auto stats = parse_stats(nlohmann::json::parse(pending.substr(0, end), nullptr, false));
      pending.erase(0, end + 1);
      if (stats && !take(*stats)) return false;
    }
    return pending.size() < (1U << 20U);
  };
  auto ended = client.stream(request, on_bytes, stop);
  if (!ended && !(ended.error().code == ErrorCode::cancelled && stop.stop_requested()))
    return fail(ended.error());
  return {};
}

Result<ExecResult> exec_in_container(const Client& client, std::string_view id,
                                     const std::vector<std::string>& command, Nanos deadline,
                                     std::size_t most_output) {
  const nlohmann::json create{{"Cmd", command}, {"AttachStdout", true}, {"AttachStderr", true}};
  BHSIM_ASSIGN(const auto made, client.call_json({.method = "POST",
                                                  .path = fmt::format("/containers/{}/exec", id),
                                                  .body = create.dump(),
                                                  .what = fmt::format("exec in {}", id)}));
  const auto exec = made.value("Id", "");
  // The whole output is the answer's body: bounded, and under the deadline.
  BHSIM_ASSIGN(const auto answer, client.call({.method = "POST",
                                               .path = fmt::format("/exec/{}/start", exec),
                                               .body = R"({"Detach":false,"Tty":false})",
                                               .deadline = deadline,
                                               .most_bytes = most_output + (1U << 20U),
                                               .what = fmt::format("exec in {}", id)}));
  ExecResult result;
  Demultiplexer frames([&](OutputStream stream, std::string_view bytes) {
    auto& text = stream == OutputStream::err ? result.err : result.out;
    result.cut |= text.size() + bytes.size() > most_output;
    text += bytes.substr(0, most_output - std::min(most_output, text.size()));
    return true;
  });
  BHSIM_TRY(frames.feed(answer.body));
  BHSIM_ASSIGN(const auto ended, client.call_json({.path = fmt::format("/exec/{}/json", exec),
                                                   .what = fmt::format("exec in {}", id)}));
  if (!ended.contains("ExitCode") || !ended["ExitCode"].is_number_integer())
    return fail(ErrorCode::engine, "exec in {}: it has not ended, and no exit code is known", id);
  result.exit_code = ended["ExitCode"].get<std::int64_t>();
  return result;
}

}  // namespace bhsim::engine
