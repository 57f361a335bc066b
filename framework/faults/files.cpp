#include "framework/faults/files.hpp"

#include <algorithm>

namespace bhsim::faults {

Result<Hand*> FileFault::as_application(const Means& means) {
  return application_.reach(means, spec());
}
Result<Hand*> FileFault::as_owner(const Means& means) { return owner_.reach(means, spec()); }

Result<std::string> FileFault::folder(std::string_view parameter) const {
  return text(parameter) == kClassesWord ? watched() : text(parameter);
}

Result<std::string> FileFault::watched() const {
  if (spec().class_directory.empty())
    return fail(ErrorCode::unsupported, "the application's contract names no watched directory");
  return spec().class_directory;
}

Result<std::string> FileFault::class_file(const Means& means) {
  BHSIM_ASSIGN(auto* hand, as_application(means));
  BHSIM_ASSIGN(const auto directory, watched());
  BHSIM_ASSIGN(const auto entries, (*hand)->list(directory));
  std::vector<std::string> names;
  for (const auto& entry : entries)
    if (entry.type == "file" && entry.name.ends_with(".class") && !entry.name.starts_with('.'))
      names.push_back(entry.name);
  if (names.empty())
    return fail(ErrorCode::conflict, "there is no class file in {} yet", directory);
  return fmt::format("{}/{}", directory, *std::ranges::min_element(names));
}

Result<void> FileFault::write_into(const Means& means, const std::string& directory) {
  BHSIM_ASSIGN(auto* hand, as_application(means));
  // A name of its own: one that died in the middle may have left its file behind.
  const auto path = fmt::format("{}/bhsim-tries-{}", directory, to_ns(means.clock.now()));
  BHSIM_ASSIGN(const auto staged, (*hand)->stage(path, "written by bhsim\n"));
  return (*hand)->remove(staged);
}

Result<bool> FileFault::nothing_left(const Means& means) const {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  return !state;
}

}  // namespace bhsim::faults
