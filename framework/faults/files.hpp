#pragma once
// What faults in the application's volumes share. Of this folder alone.

#include "framework/faults/hand.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {

// A fault of files: its helpers are made when they are first needed, and go with it.
class FileFault : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

 protected:
  // A helper as the application's own user: what it is refused, the application is refused.
  Result<Hand*> as_application(const Means& means);
  // One that may change modes and owners.
  Result<Hand*> as_owner(const Means& means);
  // The path that a parameter names, where "classes" is the watched directory.
  [[nodiscard]] Result<std::string> folder(std::string_view parameter) const;
  [[nodiscard]] Result<std::string> watched() const;
  // The first class file of the watched directory, by name.
  Result<std::string> class_file(const Means& means);
  // A new file there, written and removed again: nothing, or why it cannot be.
  Result<void> write_into(const Means& means, const std::string& directory);
  // Undone when the container is gone: its volumes go with it.
  Result<bool> nothing_left(const Means& means) const;

 private:
  KeptHand application_{HandRights::application}, owner_{HandRights::owner};
};

inline constexpr std::string_view kClassesWord = "classes";

// Every file fault needs the watched directory or a volume, and a helper of ours in it.
extern const FaultKind kPermissions, kReadOnly, kDiskFull, kFileStorm, kEvents, kWatchDirectory;

}  // namespace bhsim::faults
