// A short, seeded run of the fuzz target in every test run: the corpus, damaged.
#include <gtest/gtest.h>

#include <filesystem>

#include "framework/base/files.hpp"
#include "framework/load/random.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace bhsim::load {
namespace {

void feed(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string damaged(std::string bytes, Random& random) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = random.below(bytes.size());
    switch (random.below(4)) {
      case 0:
        bytes[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        bytes.erase(at, 1 + random.below(8));
        break;
      case 2:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(16)));
        break;
      default:
        bytes.insert(at, 1, "\r\n:,;0 9f"[random.below(9)]);
    }
  }
  return bytes;
}

TEST(HttpParserMutation, DamagedCorpus_IsParsedTheSameHoweverItIsCut) {
  Random random(2026);
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(BHSIM_SOURCE_DIR "/tests/fuzz/corpus/http_parser")) {
    const auto bytes = read_file(entry.path());
    ASSERT_TRUE(bytes);
    ++files;
    feed(*bytes);
    for (int i = 0; i < 3'000; ++i) feed(damaged(*bytes, random));
  }
  EXPECT_GE(files, 7);
}

}  // namespace
}  // namespace bhsim::load
