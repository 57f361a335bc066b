// One list of fields writes and reads.

#include "framework/base/json_fields.hpp"

#include <gtest/gtest.h>

#include <array>

namespace bhsim::things {

enum class Colour { red, green };
constexpr std::array<std::pair<Colour, const char*>, 2> words_of(Colour) {
  return {{{Colour::red, "red"}, {Colour::green, "green"}}};
}

struct Part {
  std::string name;
  std::int64_t count = 7;
  friend bool operator==(const Part&, const Part&) = default;
};
template <typename F>
void fields(Part& one, F&& field) {
  field("name", one.name);
  field("count", one.count);
}

struct Whole {
  Time t;
  Nanos length{};
  Path file;
  Colour colour = Colour::red;
  std::optional<Time> end;
  std::vector<Part> parts;
  std::map<std::string, std::vector<Part>> shelves;
  std::vector<std::pair<std::string, std::string>> pairs;
  friend bool operator==(const Whole&, const Whole&) = default;
};
template <typename F>
void fields(Whole& one, F&& field) {
  field("t_ns", one.t);
  field("length_ns", one.length);
  field("file", one.file);
  field("colour", one.colour);
  field("end_ns", one.end);
  field("parts", one.parts);
  field("shelves", one.shelves);
  field("pairs", one.pairs);
}

namespace {

using json_fields::Defaults;
using json_fields::json;

Whole whole() {
  Whole one;
  one.t = time_from_ns(5);
  one.length = Nanos(6);
  one.file = "/a/b";
  one.colour = Colour::green;
  one.end = time_from_ns(9);
  one.parts = {{"bolt", 2}, {"nut", 7}};
  one.shelves = {{"top", {{"nail", 1}}}, {"empty", {}}};
  one.pairs = {{"a", "b"}};
  return one;
}

template <typename T>
T back(const json& document) {
  T value;
  json_fields::read(document, value);
  return value;
}

TEST(JsonFields, WhatIsWritten_IsRead) {
  EXPECT_EQ(back<Whole>(json_fields::write(whole())), whole());
  EXPECT_EQ(back<Whole>(json_fields::write<Defaults::left_out>(whole())), whole());
  EXPECT_EQ(back<Whole>(json_fields::write(Whole())), Whole());
}

TEST(JsonFields, Values_AreThoseOfTheDocument) {
  const auto document = json_fields::write(whole());
  EXPECT_EQ(document["t_ns"], 5);
  EXPECT_EQ(document["colour"], "green");
  EXPECT_EQ(document["end_ns"], 9);
  EXPECT_EQ(document["parts"][1]["name"], "nut");
  EXPECT_TRUE(json_fields::write(Whole())["end_ns"].is_null());
}

TEST(JsonFields, DefaultsLeftOut_AreThoseOfEveryRecordInIt) {
  EXPECT_EQ(json_fields::write<Defaults::left_out>(Whole()), json::object());
  const auto document = json_fields::write<Defaults::left_out>(whole());
  EXPECT_EQ(document["parts"], json::parse(R"([{"name": "bolt", "count": 2}, {"name": "nut"}])"));
}

TEST(JsonFields, FieldThatIsAbsent_KeepsItsDefault) {
  const auto part = back<Part>(json::parse(R"({"name": "bolt", "of a newer version": 1})"));
  EXPECT_EQ(part, (Part{"bolt", 7}));
}

TEST(JsonFields, ValueOfAnotherKind_IsAnException) {
  EXPECT_THROW(back<Part>(json(5)), json::exception);
  EXPECT_THROW(back<Part>(json::parse(R"({"count": "many"})")), json::exception);
  EXPECT_THROW(back<Whole>(json::parse(R"({"parts": {"name": "bolt"}})")), json::exception);
  EXPECT_THROW(back<Whole>(json::parse(R"({"shelves": []})")), json::exception);
}

}  // namespace
}  // namespace bhsim::things
