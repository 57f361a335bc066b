#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class Events final : public FileFault {
 public:
  using FileFault::FileFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("a class file of {:.12} touched {} times", spec().target, text("count"));
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto path, class_file(means));
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto digest, (*hand)->digest(path));
    BHSIM_ASSIGN(const auto stat, (*hand)->stat(path));
    if (!stat) return fail(ErrorCode::conflict, "{} is gone", path);
    note("path", path);
    note("sha256", digest);
    note("modified", to_ns(stat->modified));
    return {};
  }

  Result<void> apply(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    touched_ = 0;
    for (std::int64_t i = 0; i < count("count"); ++i) {
      BHSIM_TRY((*hand)->touch(noted("path")));
      BHSIM_ASSIGN(const auto stat, (*hand)->stat(noted("path")));
      if (stat && to_ns(stat->modified) > noted_number("modified")) ++touched_;
    }
    return {};
  }

  // By the file itself: an event is what a watcher makes of a changed time.
  Result<std::string> acted(const Means&) override {
    if (touched_ < count("count"))
      return fail(ErrorCode::conflict, "its time of change moved {} times", touched_);
    return fmt::format("its time of change moved with each of {} touches", touched_);
  }

  // Nothing of it stays.
  Result<void> undo(const Means&) override { return {}; }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing) return std::string("its container is gone");
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto digest, (*hand)->digest(noted("path")));
    if (digest != noted("sha256"))
      return fail(ErrorCode::protocol, "{} is another than before", noted("path"));
    return std::string("the class file is the same as before");
  }

 private:
  std::int64_t touched_ = 0;
};

}  // namespace

const FaultKind kEvents{
    .name = "events",
    .title = "a burst of changes to one class file without any change; nothing is to be undone",
    .scenario = "resource-exhaustion",
    .holds = 1s,
    .parameters = {{{.name = "count",
                     .type = Parameter::Type::count,
                     .fallback = "200",
                     .least = 1,
                     .most = 10'000}}},
    .impossible = possible_everywhere,
    .make = make_fault<Events>};

}  // namespace bhsim::faults
