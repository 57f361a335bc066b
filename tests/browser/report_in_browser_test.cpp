// The report as a browser sees it: opened from the disk, without a network, by a headless Chromium
// (Debian package chromium).

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "framework/report/report.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

constexpr auto kBrowserWithin = std::chrono::seconds(90);

struct Seen {
  std::string dom;      // after the scripts ran
  std::string console;  // what the page or the browser's policy complained of
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
    ++count;
  return count;
}

std::string executable() {
  for (const char* path :
       {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

class ReportInBrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (executable().empty()) GTEST_SKIP() << "no Chromium: apt-get install chromium";
  }

  // Writes the report of a run below the temporary folder and returns its path.
  Path write(SampleRun& run, const checks::RunVerdict& verdict) {
    const auto history = run.builder().build();
    const auto written = write_reports(temporary_.path(), run.plan(), history, verdict);
    EXPECT_TRUE(written) << written.error().message;
    return temporary_.path() / "report" / "index.html";
  }

  // Runs the browser once. Arguments go to it directly, not through a shell.
  Seen open(const std::string& url, std::vector<std::string> more = {}) {
    const Path dom = temporary_.path() / "dom";
    const Path log = temporary_.path() / "log";
    std::vector<std::string> words = {executable(),
                                      "--headless",
                                      "--no-sandbox",
                                      "--disable-gpu",
                                      "--disable-quic",
                                      "--no-first-run",
                                      "--disable-background-networking",
                                      "--disable-component-update",
                                      "--disable-sync",
                                      "--disable-dev-shm-usage",
                                      "--enable-logging=stderr",
                                      "--user-data-dir=" + (temporary_.path() / "profile").string(),
                                      "--window-size=1280,2400",
                                      "--virtual-time-budget=5000"};
    if (more.empty()) more = {"--dump-dom"};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(url);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(::open(dom.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), STDOUT_FILENO);
      ::dup2(::open(log.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600), STDERR_FILENO);
      ::setpgid(0, 0);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    int status = 0;
    EXPECT_TRUE(wait_for(child, &status)) << "the browser did not end within its time";
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << read_file(log).value_or("");
    Seen seen{read_file(dom).value_or(""), {}};
    std::istringstream lines(read_file(log).value_or(""));
    for (std::string line; std::getline(lines, line);) {
      if (has(line, "CONSOLE")) seen.console += line + "\n";
    }
    return seen;
  }

  const TemporaryDirectory temporary_ = *TemporaryDirectory::create("bhsim-browser-test");

 private:
  static bool wait_for(pid_t child, int* status) {
    const Time end = system_clock().now() + kBrowserWithin;
    while (system_clock().now() < end) {
      if (::waitpid(child, status, WNOHANG) == child) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ::kill(-child, SIGKILL);
    ::waitpid(child, status, 0);
    return false;
  }
};

TEST_F(ReportInBrowser, FailedRun_ShowsVerdictChecksAndEveryChart) {
  SampleRun run(600);
  const auto seen = open("file://" + write(run, run.failing()).string());
  EXPECT_EQ(seen.console, "");
  EXPECT_TRUE(has(seen.dom, "<h1>FAIL</h1>"));
  EXPECT_EQ(occurrences(seen.dom, "<details class=\"check "), 13U);
  EXPECT_TRUE(has(seen.dom, "data-charts=\"12\"")) << "the script did not come to its end";
  EXPECT_GE(occurrences(seen.dom, "<canvas"), 24U) << "two for each chart";
  EXPECT_TRUE(has(seen.dom, "p99.9")) << "the legends are filled";
}

TEST_F(ReportInBrowser, EmptyHistory_HasNoChartsAndNoErrors) {
  history::HistoryBuilder builder;
  const auto history = builder.build();
  const checks::RunVerdict verdict{
      checks::RunStatus::inconclusive, "the run ended before the load", {}};
  ASSERT_TRUE(write_reports(temporary_.path(), {}, history, verdict));
  const auto seen = open("file://" + (temporary_.path() / "report/index.html").string());
  EXPECT_EQ(seen.console, "");
  EXPECT_TRUE(has(seen.dom, "data-charts=\"0\""));
}

TEST_F(ReportInBrowser, HostileNames_RunNothing) {
  SampleRun run(120);
  run.hostile(
      "\"'><script>document.body.dataset.owned=1</script><img src=x "
      "onerror=\"document.body.dataset.owned=1\">");
  const auto seen = open("file://" + write(run, run.failing()).string());
  EXPECT_EQ(seen.console, "") << "nothing even tried to run";
  EXPECT_FALSE(has(seen.dom, "data-owned"));
  EXPECT_TRUE(has(seen.dom, "data-charts=\"12\""));
}

TEST_F(ReportInBrowser, WithoutScripts_VerdictAndChecksAreThere) {
  SampleRun run(120);
  const auto page = write(run, run.failing());
  auto html = *read_file(page);
  // As a mail filter or a strict reader leaves it: no script at all.
  for (std::size_t at = 0; (at = html.find("<script", at)) != std::string::npos;)
    html.erase(at, html.find("</script>", at) + 9 - at);
  ASSERT_TRUE(write_file(page, html));
  const auto seen = open("file://" + page.string());
  EXPECT_EQ(seen.console, "");
  EXPECT_TRUE(has(seen.dom, "<h1>FAIL</h1>"));
  EXPECT_TRUE(has(seen.dom, "92 of 101 valid swaps"));
}

TEST_F(ReportInBrowser, Screenshot_HasThePage) {
  SampleRun run(600);
  const auto page = write(run, run.failing());
  // BHSIM_SCREENSHOTS=folder keeps them, for people to look at.
  const char* keep = std::getenv("BHSIM_SCREENSHOTS");
  const Path folder = keep != nullptr ? Path(keep) : temporary_.path();
  const auto shot = [&](const std::string& name, const std::string& size, const std::string& more) {
    const Path png = folder / name;
    open("file://" + page.string(),
         {"--screenshot=" + png.string(), "--window-size=" + size, "--hide-scrollbars", more});
    const auto bytes = read_file(png);
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(bytes->substr(1, 3), "PNG");
    EXPECT_GT(bytes->size(), 20'000U);
  };
  shot("report-light.png", "1280,4600", "--blink-settings=preferredColorScheme=1");
  shot("report-dark.png", "1280,4600", "--blink-settings=preferredColorScheme=0");
  shot("report-phone.png", "500,3200", "--blink-settings=preferredColorScheme=1");
}

}  // namespace
}  // namespace bhsim::report
