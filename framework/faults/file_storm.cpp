#include <algorithm>

#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// No watcher takes such a name for a class.
constexpr std::string_view kStormPrefix = "bhsim-storm-";
constexpr std::int64_t kStormAtOnce = 64;

class FileStorm final : public FileFault {
 public:
  using FileFault::FileFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} files beside the classes of {:.12}", text("files"), spec().target);
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto path, watched());
    note("path", path);
    return {};
  }

  Result<void> apply(const Means& means) override {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    for (std::int64_t next = 0; next < count("files");) {
      std::vector<sidecar::DeliverRequest> files;
      for (; next < count("files") && std::ssize(files) < kStormAtOnce; ++next)
        files.push_back({.path = file(next), .content = "x", .way = sidecar::Way::overwrite});
      BHSIM_TRY((*hand)->deliver_together(files));
    }
    return {};
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto there, files_there(means));
    if (there < count("files"))
      return fail(ErrorCode::conflict, "{} of {} files are there", there, count("files"));
    return fmt::format("{} files lie beside the classes", there);
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing || noted("path").empty()) return {};
    BHSIM_ASSIGN(auto* hand, as_application(means));
    for (std::int64_t i = 0; i < count("files"); ++i) BHSIM_TRY((*hand)->remove(file(i)));
    return {};
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const bool nothing, nothing_left(means));
    if (nothing) return std::string("its container is gone");
    BHSIM_ASSIGN(const auto there, files_there(means));
    if (there > 0) return fail(ErrorCode::conflict, "{} files are still there", there);
    return std::string("none of the files is left");
  }

 private:
  [[nodiscard]] std::string file(std::int64_t number) const {
    return fmt::format("{}/{}{}", noted("path"), kStormPrefix, number);
  }
  Result<std::int64_t> files_there(const Means& means) {
    BHSIM_ASSIGN(auto* hand, as_application(means));
    BHSIM_ASSIGN(const auto entries, (*hand)->list(noted("path")));
    return std::ranges::count_if(
        entries, [](const auto& entry) { return entry.name.starts_with(kStormPrefix); });
  }
};

}  // namespace

const FaultKind kFileStorm{
    .name = "file-storm",
    .title = "files of another kind beside the classes; undone by their removal",
    .scenario = "resource-exhaustion",
    .holds = 5s,
    .parameters = {{{.name = "files",
                     .type = Parameter::Type::count,
                     .fallback = "2000",
                     .least = 1,
                     .most = 3500}}},
    .impossible = possible_everywhere,
    .make = make_fault<FileStorm>};

}  // namespace bhsim::faults
