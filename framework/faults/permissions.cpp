#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// No right of any kind but root's.
constexpr std::uint32_t kNoRights = 0;
constexpr std::uint32_t kOwnersOnly = 0600;
constexpr std::uint32_t kRoot = 0;

class Permissions final : public FileFault {
 public:
  using FileFault::FileFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} of the classes of {:.12} taken away", text("of"), spec().target);
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto path, text("of") == "directory" ? watched() : class_file(means));
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto stat, (*hand)->stat(path));
    if (!stat) return fail(ErrorCode::conflict, "{} is gone", path);
    if (const auto read = reads(means, path); !read)
      return fail(ErrorCode::conflict, "the application's user cannot read {}: {}", path,
                  read.error().message);
    note("path", path);
    note("mode", stat->mode);
    note("uid", stat->uid);
    note("gid", stat->gid);
    return {};
  }

  Result<void> apply(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_owner(means));
    if (text("of") == "owner") {
      BHSIM_TRY((*hand)->chown(noted("path"), kRoot, kRoot));
      return (*hand)->chmod(noted("path"), kOwnersOnly);
    }
    return (*hand)->chmod(noted("path"), kNoRights);
  }

  Result<std::string> acted(const Means& means) override {
    const auto read = reads(means, noted("path"));
    if (read) return fail(ErrorCode::conflict, "{} can still be read", noted("path"));
    if (read.error().code != ErrorCode::io) return fail(read.error());
    return fmt::format("the application's user is refused: {}", read.error().message);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing || noted("path").empty()) return {};
    BHSIM_ASSIGN(auto* hand, as_owner(means));
    const auto owned = (*hand)->chown(noted("path"), id("uid"), id("gid"));
    if (!owned && owned.error().code == ErrorCode::not_found) return {};
    if (!owned) return owned;
    return (*hand)->chmod(noted("path"), id("mode"));
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing) return std::string("its container is gone");
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto stat, (*hand)->stat(noted("path")));
    if (stat && (stat->mode != id("mode") || stat->uid != id("uid") || stat->gid != id("gid")))
      return fail(ErrorCode::conflict, "{} has mode {:o} and owner {}:{}", noted("path"),
                  stat->mode, stat->uid, stat->gid);
    if (stat) BHSIM_TRY(reads(means, noted("path")));
    return fmt::format("{} can be read as before", noted("path"));
  }

 private:
  [[nodiscard]] std::uint32_t id(const std::string& name) const {
    return static_cast<std::uint32_t>(noted_number(name));
  }
  // As the application would.
  Result<void> reads(const Means& means, const std::string& path) {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    if (text("of") == "directory") {
      BHSIM_TRY((*hand)->list(path));
      return {};
    }
    BHSIM_TRY((*hand)->digest(path));
    return {};
  }
};

}  // namespace

const FaultKind kPermissions{
    .name = "permissions",
    .title = "a class file, or its directory, made unreadable, or another's; undone by what it was",
    .scenario = "permission-errors",
    .holds = 5s,
    .parameters = {{{.name = "of",
                     .type = Parameter::Type::word,
                     .fallback = "class-file",
                     .words = {"class-file", "directory", "owner"}}}},
    .impossible = possible_everywhere,
    .make = make_fault<Permissions>};

}  // namespace bhsim::faults
