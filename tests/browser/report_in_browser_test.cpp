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
    std::vector<std::string> words = {
        executable(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--disable-dev-shm-usage",
        // Whatever the page asked a network for would fail, and be
        // told on the console.
        "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:9",
        "--enable-logging=stderr", "--user-data-dir=" + (temporary_.path() / "profile").string(),
        "--window-size=1280,2400", "--virtual-time-budget=5000"};
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

  // Opens a copy in which `script` runs after the page's own; what it returns, a string, is what
  // this returns. The copy is without the policy that would refuse the script.
  std::string ask(const Path& page, const std::string& script,
                  const std::string& size = "1280,2400") {
    auto html = *read_file(page);
    const auto policy = html.find("<meta http-equiv");
    html.erase(policy, html.find('>', policy) + 1 - policy);
    html.insert(html.rfind("</body>"),
                "<script>setTimeout(() => { document.body.dataset.answer = "
                "(() => {" +
                    script + "})(); }, 500);</script>");
    const Path copy = page.parent_path() / "asked.html";
    EXPECT_TRUE(write_file(copy, html));
    const auto seen = open("file://" + copy.string(), {"--dump-dom", "--window-size=" + size});
    EXPECT_EQ(seen.console, "");
    constexpr std::string_view kName = "data-answer=\"";
    const auto at = seen.dom.find(kName);
    if (at == std::string::npos) return "(no answer)";
    const auto from = at + kName.size();
    return seen.dom.substr(from, seen.dom.find('"', from) - from);
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
  EXPECT_TRUE(has(seen.dom, "data-charts=\"14\"")) << "the script did not come to its end";
  EXPECT_GE(occurrences(seen.dom, "<canvas"), 28U) << "two for each chart";
  EXPECT_TRUE(has(seen.dom, "p99.9")) << "the legends are filled";
}

// The plots' own canvases: pixels in which a line of the series' colour stands, not only the grid.
TEST_F(ReportInBrowser, EveryChart_IsDrawnInItsColours) {
  SampleRun run(600);
  const auto page = write(run, run.failing());
  EXPECT_EQ(ask(page, R"(
    const bare = [];
    document.querySelectorAll('.plot').forEach((plot) => {
      const canvas = [...plot.querySelectorAll('canvas')][0];
      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let strong = 0;
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 200) strong += 1;
      if (strong < 200) bare.push(plot.id + ':' + strong);
    });
    return 'bare: ' + bare.join(' ');)"),
            "bare: ");
}

TEST_F(ReportInBrowser, Filters_ShowWhatTheySay) {
  SampleRun run(120);
  const auto page = write(run, run.failing());
  EXPECT_EQ(ask(page, R"(
    const shown = () => [...document.querySelectorAll('.check')].filter((c) => c.offsetHeight > 0).length;
    return ['all', 'required', 'failed', 'inconclusive', 'passed', 'other'].map((name) => {
      document.getElementById('show-' + name).click();
      return name + ' ' + shown();
    }).join(', ');)"),
            "all 13, required 11, failed 3, inconclusive 2, passed 6, other 2");
}

TEST_F(ReportInBrowser, LinkToACheck_OpensIt) {
  SampleRun run(120);
  const auto page = write(run, run.failing());
  const auto closed = open("file://" + page.string());
  EXPECT_FALSE(has(closed.dom, "id=\"PERF-04\" open"));
  const auto linked = open("file://" + page.string() + "#PERF-04");
  EXPECT_TRUE(has(linked.dom, "id=\"PERF-04\" open"));
}

// 500 pixels: Chromium makes no narrower window.
TEST_F(ReportInBrowser, Page_FetchesNothingAndIsNoWiderThanAPhone) {
  SampleRun run(120);
  const auto page = write(run, run.failing());
  EXPECT_EQ(ask(page, R"(
    const root = document.documentElement;
    return performance.getEntriesByType('resource').length + ' fetched, ' + (innerWidth <= 500) +
      ', ' + (root.scrollWidth - root.clientWidth) + ' too wide';)",
                "500,900"),
            "0 fetched, true, 0 too wide");
}

// What the tests above rely on: a page that is broken, or that wants something from outside, shows.
TEST_F(ReportInBrowser, BrokenPage_IsSeen) {
  SampleRun run(60);
  const auto page = write(run, run.failing());
  const auto whole = *read_file(page);
  auto html = whole;
  html.replace(html.find("new Dygraph("), 12, "new Dygrap_(");
  ASSERT_TRUE(write_file(page, html));
  auto seen = open("file://" + page.string());
  EXPECT_NE(seen.console, "");
  EXPECT_FALSE(has(seen.dom, "data-charts"));

  html = whole;
  html.insert(html.find("<main>"), "<img src=\"http://example.com/x.png\" alt=\"\">");
  ASSERT_TRUE(write_file(page, html));
  EXPECT_NE(open("file://" + page.string()).console, "") << "the policy lets nothing in";
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
  EXPECT_TRUE(has(seen.dom, "data-charts=\"14\""));
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
