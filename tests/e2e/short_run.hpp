#pragma once
// A run of a short simulation, and what is on the engine around it.

#include <memory>
#include <string>
#include <vector>

#include "framework/engine/client.hpp"
#include "tests/e2e/process.hpp"

namespace bhsim::test {

// The engine that bhsim finds as well; fails the test when there is none.
engine::Client real_engine();
// Things with our label on it, of any run.
std::size_t left_on_engine();

// bhsim/helper:…, the smallest image there is; built when it is not there.
std::string helper_image_name();

class ShortRun {
 public:
  // In a folder of its own, with `more` words on the command line; `simulation` is a file of this
  // folder.
  explicit ShortRun(const std::vector<std::string>& more = {},
                    const std::string& simulation = "short.yml");

  Process& process() { return process_; }
  // The one run directory; empty while there is none.
  [[nodiscard]] Path directory() const;
  [[nodiscard]] Path out() const { return folder_.path() / "runs"; }
  [[nodiscard]] bool says(std::string_view word) const;
  // Waits until the application is ready; fails the test when it does not become so.
  [[nodiscard]] bool ready();
  // The container of the application under load.
  [[nodiscard]] std::string application() const;

 private:
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& more,
                                               const std::string& simulation) const;
  TemporaryDirectory folder_;
  Process process_;
};

// That run to its end, and once again when LOAD-06 says that the generator came late
// because something else had the processors: no fault of bhsim's or of the application's. Null when
// the machine was too busy for both.
std::unique_ptr<ShortRun> undisturbed_run(const std::string& simulation = "short.yml",
                                          const std::vector<std::string>& more = {});

// A container, a network and a volume of somebody else: without our label.
class Foreign {
 public:
  Foreign();
  ~Foreign();
  Foreign(const Foreign&) = delete;
  Foreign& operator=(const Foreign&) = delete;
  [[nodiscard]] bool all_there() const;

 private:
  engine::Client engine_ = real_engine();
  std::string container_, network_, volume_;
};

}  // namespace bhsim::test
