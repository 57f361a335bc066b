// What applications, agents and JVMs write, read by the probes: every parser has to end on bytes
// from anywhere, and lines have to be the same however their bytes are cut. First byte: where they
// are cut.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "framework/probes/audit_line.hpp"
#include "framework/probes/engine_time.hpp"
#include "framework/probes/exposition.hpp"
#include "framework/probes/http.hpp"
#include "framework/probes/jvm_logs.hpp"
#include "framework/probes/log_lines.hpp"
#include "framework/probes/tail.hpp"

namespace {

using namespace bhsim::probes;

std::vector<std::string> lines_of(std::string_view text, std::size_t piece) {
  std::vector<std::string> lines;
  LineReader reader([&lines](std::string_view line) { lines.emplace_back(line); });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
    reader.feed(text.substr(0, piece));
  reader.finish();
  return lines;
}

void parse_line(std::string_view line) {
  (void)parse_gc_line(line);
  (void)parse_redefine_line(line);
  (void)parse_engine_time(line);
  (void)parse_audit_line(line,
                         [](bhsim::WallTime wall) { return bhsim::Time(wall.time_since_epoch()); });
}

void sift(const std::vector<std::string>& lines) {
  std::size_t rows = 0;
  LogSifter sifter({.source = "stdout", .secrets = {"aa"}}, [&rows](const auto& row) {
    if (row.text.find("aa") != std::string::npos) std::abort();
    ++rows;
  });
  DumpCollector dumps([](std::string_view) {});
  for (const auto& line : lines) {
    sifter.feed(bhsim::Time{}, line);
    dumps.feed(line);
  }
  sifter.finish();
  dumps.finish();
  if (rows > lines.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto lines = lines_of(text, text.size() + 1);
  if (lines_of(text, 1 + data[0]) != lines) std::abort();
  for (const auto& line : lines) parse_line(line);
  sift(lines);
  (void)parse_histogram_bytes(text);
  if (const auto metrics = parse_exposition(text); metrics && metrics->size() > lines.size())
    std::abort();
  if (const auto answer = parse_http_answer(text, true);
      answer && answer->body.size() > text.size())
    std::abort();
  return 0;
}
