#include "tests/e2e/process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace bhsim::test {

Process::Process(const std::vector<std::string>& words, const Path& folder)
    : log_(folder / "output") {
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  for (auto& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ != 0) return;
  const int log = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

Process::~Process() {
  if (!running()) return;
  signal(SIGKILL);
  wait(std::chrono::seconds(10));
}

void Process::signal(int number) const { ::kill(pid_, number); }

bool Process::running() {
  if (pid_ < 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return false;
}

int Process::wait(Nanos patience) {
  return eventually(patience, [this] { return !running(); }) ? status_ : -1;
}

std::string Process::output() const { return read_file(log_).value_or(""); }

bool eventually(Nanos patience, const std::function<bool()>& holds) {
  const auto& clock = system_clock();
  const Time deadline = clock.now() + patience;
  while (!holds()) {
    if (clock.now() > deadline) return false;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
  }
  return true;
}

Ended bhsim(std::vector<std::string> words, Nanos patience) {
  const auto folder = TemporaryDirectory::create("bhsim-e2e");
  words.insert(words.begin(), BHSIM_PROGRAM);
  Process process(words, folder->path());
  Ended ended;
  ended.code = process.wait(patience);
  ended.output = process.output();
  return ended;
}

}  // namespace bhsim::test
