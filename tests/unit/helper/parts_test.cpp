#include <gtest/gtest.h>

#include <random>

#include "docker/helper/perfdata.hpp"
#include "docker/helper/sha256.hpp"
#include "framework/base/files.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim {
namespace {

using helper::parse_perfdata;
using sidecar::protocol::from_base64;
using sidecar::protocol::to_base64;

std::string helper_sha256(std::string_view bytes) {
  helper::Sha256 sha;
  sha.update(bytes);
  return sha.hex();
}

TEST(HelperSha256, PublishedVectors_AreMet) {
  EXPECT_EQ(helper_sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(helper_sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(helper_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(HelperSha256, EveryLengthAroundABlock_EqualsTheLibrarys) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(helper_sha256(bytes), sha256_hex(bytes)) << length;
    bytes.push_back(static_cast<char>(length * 7));
  }
}

TEST(Base64, PublishedVectors_AreMetBothWays) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, AnyBytes_ComeBack) {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 100, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
}

TEST(Base64, AnythingElse_IsRefused) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v!", "Zm 9v", "Zh==", "=Zg=", "Zg==Zg=="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

// A file of one counter, as the JVM writes it.
std::string perfdata(std::int64_t value) {
  std::string bytes("\xca\xfe\xc0\xc0\1\2\0\1", 8);
  const auto put = [&](std::int64_t number, int length) {
    for (int i = 0; i < length; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
  };
  put(32 + 40, 4);  // used
  put(0, 4);        // overflow
  put(0, 8);        // modified
  put(32, 4);       // first entry
  put(1, 4);        // entries
  put(40, 4);       // length
  put(20, 4);       // name's offset
  put(0, 4);        // a scalar
  bytes += std::string("J\0\1\3", 4);
  put(32, 4);  // data's offset
  bytes += std::string("sun.os.abc\0\0", 12);
  put(value, 8);
  return bytes;
}

TEST(PerfData, Counter_IsReadByName) {
  const auto counters = parse_perfdata(perfdata(1234567890123));
  ASSERT_TRUE(counters) << counters.error().message;
  ASSERT_EQ(counters->size(), 1U);
  EXPECT_EQ(counters->begin()->first, "sun.os.abc");
  EXPECT_EQ(counters->begin()->second, 1234567890123);
}

TEST(PerfData, OtherFormats_AreRefused) {
  EXPECT_FALSE(parse_perfdata(""));
  EXPECT_FALSE(parse_perfdata(std::string(100, 'x')));
  std::string bytes = perfdata(1);
  bytes[5] = 1;
  EXPECT_EQ(parse_perfdata(bytes).error().code, ErrorCode::unsupported);
  bytes = perfdata(1);
  bytes[7] = 0;
  EXPECT_EQ(parse_perfdata(bytes).error().code, ErrorCode::conflict);
}

TEST(PerfData, CutOrDamagedAnywhere_IsReadOrRefusedAndNeverMore) {
  const std::string good = perfdata(77);
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(parse_perfdata(std::string_view(good).substr(0, length))) << length;
  }
  std::mt19937 random(20261125);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    (void)parse_perfdata(bytes);
  }
}

}  // namespace
}  // namespace bhsim
