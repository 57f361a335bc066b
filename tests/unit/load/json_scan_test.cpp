#include "framework/load/json_scan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "framework/load/random.hpp"

namespace bhsim::load {
namespace {

bool is_object(std::string_view text) {
  return JsonScanner(text).members([](std::string_view, JsonType, std::string_view) {});
}

TEST(JsonScan, Object_GivesItsTopLevelMembersWithTypes) {
  std::map<std::string, std::pair<JsonType, std::string>> seen;
  ASSERT_TRUE(
      JsonScanner(
          R"( {"a": -1.5e3, "b":"x\"\u00e9","c" : {"a":1}, "d":[1,{}], "e":true,"f":null} )")
          .members([&](std::string_view key, JsonType type, std::string_view raw) {
            seen[std::string(key)] = {type, std::string(raw)};
          }));
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(seen["a"], (std::pair{JsonType::number, std::string("-1.5e3")}));
  EXPECT_EQ(seen["b"].first, JsonType::string);
  EXPECT_EQ(seen["c"], (std::pair{JsonType::object, std::string(R"({"a":1})")}));
  EXPECT_EQ(seen["d"].first, JsonType::array);
  EXPECT_EQ(seen["e"].first, JsonType::boolean);
  EXPECT_EQ(seen["f"].first, JsonType::null);
}

TEST(JsonScan, WhatIsNotOneObject_IsRefused) {
  for (const char* text : {"", "[]", "1", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
                           "{\"a\":01}", "{\"a\":1.}", "{\"a\":tru}", "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}", "{\"a\":\"\\u12g4\"}", "{'a':1}", "{\"a\":-}"}) {
    EXPECT_FALSE(is_object(text)) << text;
  }
}

TEST(JsonScan, DeepNesting_IsRefusedNotFollowed) {
  EXPECT_FALSE(is_object("{\"a\":" + std::string(100'000, '[')));
  EXPECT_TRUE(is_object("{\"a\":" + std::string(60, '[') + std::string(60, ']') + "}"));
}

// The library is the judge, on valid documents that were damaged at one place.
TEST(JsonScan, DamagedDocuments_AreJudgedAsTheLibraryDoes) {
  const std::string good =
      R"({"writer":"w07","sequence":123,"sku":"SKU-0042","quantity":3,"x":[true,null,{"y":-0.5e+2}]})";
  Random random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = good;
    text[random.below(text.size())] = static_cast<char>(32 + random.below(95));
    const auto json = nlohmann::json::parse(text, nullptr, false);
    ASSERT_EQ(is_object(text), json.is_object()) << text;
  }
}

}  // namespace
}  // namespace bhsim::load
