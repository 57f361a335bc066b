#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kWriteBits = 0222;

class ReadOnly final : public FileFault {
 public:
  using FileFault::FileFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} of {:.12} made read-only", text("folder"), spec().target);
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto path, folder("folder"));
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto stat, (*hand)->stat(path));
    if (!stat || stat->type != "directory")
      return fail(ErrorCode::unsupported, "{} is no directory of a volume of {:.12}", path,
                  spec().target);
    if (const auto written = write_into(means, path); !written)
      return fail(ErrorCode::conflict, "the application's user cannot write there: {}",
                  written.error().message);
    note("path", path);
    note("mode", stat->mode);
    return {};
  }

  Result<void> apply(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_owner(means));
    return (*hand)->chmod(noted("path"), mode() & ~kWriteBits);
  }

  Result<std::string> acted(const Means& means) override {
    const auto written = write_into(means, noted("path"));
    if (written) return fail(ErrorCode::conflict, "{} can still be written", noted("path"));
    if (written.error().code != ErrorCode::io) return fail(written.error());
    return fmt::format("the application's user is refused: {}", written.error().message);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing || noted("path").empty()) return {};
    BHSIM_ASSIGN(auto* hand, as_owner(means));
    return (*hand)->chmod(noted("path"), mode());
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing) return std::string("its container is gone");
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto stat, (*hand)->stat(noted("path")));
    if (!stat || stat->mode != mode())
      return fail(ErrorCode::conflict, "{} has not its mode of {:o}", noted("path"), mode());
    BHSIM_TRY(write_into(means, noted("path")));
    return fmt::format("{} can be written again", noted("path"));
  }

 private:
  [[nodiscard]] std::uint32_t mode() const {
    return static_cast<std::uint32_t>(noted_number("mode"));
  }
};

}  // namespace

const FaultKind kReadOnly{
    .name = "read-only",
    .title = "a folder of the application's volumes that nobody may write; undone by its old mode",
    .scenario = "permission-errors",
    .holds = 5s,
    .parameters = {{{.name = "folder", .type = Parameter::Type::folder, .fallback = "classes"}}},
    .impossible = possible_everywhere,
    .make = make_fault<ReadOnly>};

}  // namespace bhsim::faults
