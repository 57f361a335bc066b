#include "framework/base/units.hpp"
#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFiller = "bhsim-filler";
// What is filled is counted as the helper's memory; and what is larger may well be the host's disk.
constexpr std::int64_t kMostFilled = 192 << 20;

class DiskFull final : public FileFault {
 public:
  using FileFault::FileFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} of {:.12} filled", text("folder"), spec().target);
  }

  // Never a disk that others write to as well.
  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto path, folder("folder"));
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto space, (*hand)->space(path));
    if (!space.in_memory || space.total > kMostFilled)
      return fail(ErrorCode::unsupported,
                  "{} is no volume of its own of at most {}: to fill it would fill the host's disk",
                  path, format_size(kMostFilled));
    if (space.free <= 0) return fail(ErrorCode::conflict, "{} is full already", path);
    note("path", path);
    note("total", space.total);
    return {};
  }

  Result<void> apply(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_TRY((*hand)->fill(filler(), noted_number("total")));
    return {};
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto space, (*hand)->space(noted("path")));
    if (space.free > 0) return fail(ErrorCode::conflict, "{} are free", format_size(space.free));
    const auto written = write_into(means, noted("path"));
    if (written) return fail(ErrorCode::conflict, "{} can still be written", noted("path"));
    return fmt::format("nothing of {} is free: {}", format_size(space.total),
                       written.error().message);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing || noted("path").empty()) return {};
    BHSIM_ASSIGN(auto* hand, as_application(means));
    return (*hand)->remove(filler());
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing) return std::string("its container is gone");
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto space, (*hand)->space(noted("path")));
    BHSIM_ASSIGN(const auto left, (*hand)->stat(filler()));
    if (left || space.free <= 0)
      return fail(ErrorCode::conflict, "{} are free", format_size(space.free));
    BHSIM_TRY(write_into(means, noted("path")));
    return fmt::format("{} are free again", format_size(space.free));
  }

 private:
  [[nodiscard]] std::string filler() const { return fmt::format("{}/{}", noted("path"), kFiller); }
};

}  // namespace

const FaultKind kDiskFull{
    .name = "disk-full",
    .title = "a volume of limited size filled by a file; undone by its removal",
    .scenario = "resource-exhaustion",
    .holds = 5s,
    .parameters = {{{.name = "folder", .type = Parameter::Type::folder, .fallback = "/tmp"}}},
    .impossible = possible_everywhere,
    .make = make_fault<DiskFull>};

}  // namespace bhsim::faults
