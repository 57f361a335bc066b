#pragma once
// The one way to say that something failed: a Result carries a value or an Error, and must be
// looked at. Exceptions are for programming errors, and stay inside the adapter of the library that
// throws them.

#include <fmt/format.h>

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace bhsim {

// What a caller can act upon. The exit code of the program follows from it (framework/cli).
enum class ErrorCode {
  usage,        // the command line is wrong: exit 3
  config,       // a file that the user wrote is wrong: exit 3
  engine,       // the engine cannot be reached or refused: exit 4
  io,           // a local file, socket or process failed: exit 4
  timeout,      // a deadline passed: exit 4
  cancelled,    // the user asked to stop: exit 130
  not_found,    // the thing named does not exist
  conflict,     // the thing is in a state that forbids this
  protocol,     // the peer spoke something that it should not: exit 4
  unsupported,  // not possible on this host or engine
  internal,     // a defect of bhsim: exit 70
};

// One failure: what was tried, on what, what happened and what to do, as one sentence a layer,
// outermost first.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  // The same failure seen from one layer further out: "inspect web-1: " + message.
  [[nodiscard]] Error within(std::string_view what) const& {
    return Error{code, fmt::format("{}: {}", what, message)};
  }
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

template <typename... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format,
                                         Args&&... args) {
  return tl::unexpected<Error>(Error{code, fmt::format(format, std::forward<Args>(args)...)});
}

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace bhsim

// BHSIM_TRY(expr): return the error of a Result whose value is not needed.
#define BHSIM_TRY(expr)                                       \
  do {                                                        \
    if (auto bhsim_result_ = (expr); !bhsim_result_)          \
      return ::bhsim::fail(std::move(bhsim_result_).error()); \
  } while (false)

#define BHSIM_CONCAT_(a, b) a##b
#define BHSIM_CONCAT(a, b) BHSIM_CONCAT_(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): a declaration cannot stand in parentheses
#define BHSIM_ASSIGN_(temporary, declaration, expr)                   \
  auto temporary = (expr);                                            \
  if (!temporary) return ::bhsim::fail(std::move(temporary).error()); \
  declaration = std::move(*temporary)

// BHSIM_ASSIGN(auto x, expr): take the value, or return the error.
#define BHSIM_ASSIGN(declaration, expr) \
  BHSIM_ASSIGN_(BHSIM_CONCAT(bhsim_result_, __LINE__), declaration, expr)
// NOLINTEND(bugprone-macro-parentheses)
