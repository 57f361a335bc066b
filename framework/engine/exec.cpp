#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::engine {
namespace {

// The engine closes the output of an exec a moment before it knows the exit code.
constexpr Nanos kLookAgain = std::chrono::milliseconds(20);

// The parts of one exec, all under one deadline.
class Exec {
 public:
  Exec(const Client& client, std::string_view container, Nanos deadline, std::stop_token stop)
      : client_(client),
        container_(container),
        what_(fmt::format("exec in {}", container)),
        until_(system_clock().now() + deadline),
        stop_(std::move(stop)) {}

  Result<void> create(const std::vector<std::string>& command);
  Result<void> run(std::size_t most_output, ExecResult& result);
  // Only inspect knows it; nullopt while the process runs.
  Result<std::optional<std::int64_t>> exit_code();
  Result<std::int64_t> await_exit_code();

 private:
  [[nodiscard]] Request request(std::string method, std::string path) const {
    return {.method = std::move(method),
            .path = std::move(path),
            .deadline = std::max(until_ - system_clock().now(), Nanos(1)),
            .what = what_,
            .stop = stop_};
  }

  const Client& client_;
  std::string container_, what_, id_;
  Time until_;
  std::stop_token stop_;
};

Result<void> Exec::create(const std::vector<std::string>& command) {
  auto create = request("POST", fmt::format("/containers/{}/exec", container_));
  BHSIM_ASSIGN(create.body,
               encode(what_, {{"Cmd", command}, {"AttachStdout", true}, {"AttachStderr", true}}));
  BHSIM_ASSIGN(const auto made, client_.call_json(create));
  Fields fields(what_, made);
  id_ = fields.root()["Id"].required().text();
  BHSIM_TRY(fields.verdict());
  return {};
}

Result<void> Exec::run(std::size_t most_output, ExecResult& result) {
  Demultiplexer frames([&](OutputStream stream, std::string_view bytes) {
    auto& text = stream == OutputStream::err ? result.err : result.out;
    result.cut |= text.size() + bytes.size() > most_output;
    text += bytes.substr(0, most_output - std::min(most_output, text.size()));
    return true;
  });
  auto start = request("POST", fmt::format("/exec/{}/start", id_));
  start.body = R"({"Detach":false,"Tty":false})";
  std::optional<Error> broken;
  const auto take = [&](std::string_view bytes) {
    const auto fed = frames.feed(bytes);
    if (!fed) broken = fed.error();
    return fed.has_value();
  };
  const auto streamed = client_.stream(start, take, {});
  if (broken) return fail(broken->within(what_));
  if (!streamed) return fail(streamed.error());
  if (!frames.whole())
    return fail(ErrorCode::protocol, "{}: the engine's stream ends inside a frame", what_);
  return {};
}

Result<std::optional<std::int64_t>> Exec::exit_code() {
  BHSIM_ASSIGN(const auto seen,
               client_.call_json(request("GET", fmt::format("/exec/{}/json", id_))));
  Fields fields(what_, seen);
  const Field root = fields.root();
  root["Running"].required();
  const bool running = root["Running"].flag();
  const auto code = root["ExitCode"];
  if (!running) code.required();
  const auto number = code.number();
  BHSIM_TRY(fields.verdict());
  if (running) return std::optional<std::int64_t>{};
  return std::optional(number);
}

Result<std::int64_t> Exec::await_exit_code() {
  while (true) {
    BHSIM_ASSIGN(const auto code, exit_code());
    if (code) return *code;
    if (system_clock().now() + kLookAgain >= until_)
      return fail(ErrorCode::timeout, "{}: its output has ended and its process has not", what_);
    if (stop_.stop_requested()) return fail(ErrorCode::cancelled, "{}: cancelled", what_);
    system_clock().sleep_until(system_clock().now() + kLookAgain);
  }
}

}  // namespace

Result<ExecResult> exec_in_container(const Client& client, std::string_view id,
                                     const std::vector<std::string>& command, Nanos deadline,
                                     std::size_t most_output, std::stop_token stop) {
  Exec exec(client, id, deadline, std::move(stop));
  ExecResult result;
  BHSIM_TRY(exec.create(command));
  BHSIM_TRY(exec.run(most_output, result));
  BHSIM_ASSIGN(result.exit_code, exec.await_exit_code());
  return result;
}

Attachment::Attachment(Hijacked connection, Framing framing)
    : connection_(std::move(connection)),
      framing_(framing),
      pieces_(std::make_unique<std::deque<OutputPiece>>()),
      frames_([pieces = pieces_.get()](OutputStream stream, std::string_view bytes) {
        pieces->push_back({stream, std::string(bytes)});
        return true;
      }) {}

Result<void> Attachment::send(std::string_view bytes, Nanos deadline) {
  return connection_.send(bytes, deadline);
}

Result<std::optional<OutputPiece>> Attachment::receive(Nanos deadline) {
  const Time until = system_clock().now() + deadline;
  while (pieces_->empty()) {
    BHSIM_ASSIGN(auto bytes, connection_.receive(until - system_clock().now()));
    if (bytes.empty()) {
      if (!frames_.whole())
        return fail(ErrorCode::protocol, "an attached stream was cut inside a frame");
      return std::optional<OutputPiece>{};
    }
    if (framing_ == Framing::tty)
      pieces_->push_back({OutputStream::out, std::move(bytes)});
    else
      BHSIM_TRY(frames_.feed(bytes));
  }
  std::optional<OutputPiece> piece(std::move(pieces_->front()));
  pieces_->pop_front();
  return piece;
}

void Attachment::shut_down() { connection_.shut_down(); }

Result<Attachment> attach(const Client& client, std::string_view id, Nanos deadline) {
  const Time until = system_clock().now() + deadline;
  BHSIM_ASSIGN(const auto state, inspect_container(client, id));
  BHSIM_ASSIGN(
      auto connection,
      client.hijack({.method = "POST",
                     .path = fmt::format("/containers/{}/attach", id),
                     .query = {{"stream", "1"}, {"stdin", "1"}, {"stdout", "1"}, {"stderr", "1"}},
                     .deadline = until - system_clock().now(),
                     .what = fmt::format("attach to container {}", id)}));
  return Attachment(std::move(connection),
                    state.tty ? Attachment::Framing::tty : Attachment::Framing::framed);
}

}  // namespace bhsim::engine
