#include "framework/hotswap/variants.hpp"

#include <gtest/gtest.h>

#include <set>

#include "class_files.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {
namespace {

using test::subject;

TEST(Variants, Valid_CarriesItsGeneration) {
  for (const char* name : {"Subject", "named.deep.Named"}) {
    const auto bytes = make_variant(subject(name), {.generation = 4711});
    ASSERT_TRUE(bytes) << bytes.error().message;
    EXPECT_EQ(generation_of(*bytes).value(), 4711);
    EXPECT_EQ(class_name_of(*bytes).value(), name);
  }
}

TEST(Variants, GenerationZero_IsTheOriginal) {
  EXPECT_EQ(make_variant(subject("Subject"), {}).value(), subject("Subject"));
}

TEST(Variants, SameArguments_GiveTheSameBytesAndOthersDoNot) {
  std::set<std::string> all;
  for (const VariantKind& kind : variant_kinds()) {
    const VariantSpec spec{.kind = std::string(kind.name), .generation = 7};
    const auto bytes = make_variant(subject("Subject"), spec);
    ASSERT_TRUE(bytes) << kind.name << ": " << bytes.error().message;
    EXPECT_EQ(*bytes, make_variant(subject("Subject"), spec).value()) << kind.name;
    if (kind.in_two_pieces) continue;  // the same bytes as valid
    EXPECT_TRUE(all.insert(*bytes).second) << kind.name << " is like another";
  }
}

TEST(Variants, BadOnesThatCanBeRead_CarryTheirGenerationToo) {
  for (const VariantKind& kind : variant_kinds()) {
    const auto bytes =
        make_variant(subject("Subject"), {.kind = std::string(kind.name), .generation = 9});
    ASSERT_TRUE(bytes) << kind.name;
    if (!ClassFile::parse(*bytes)) continue;
    EXPECT_EQ(generation_of(*bytes).value(), 9) << kind.name;
  }
}

TEST(Variants, Truncated_IsCutWhereAsked) {
  const std::string whole = make_variant(subject("Subject"), {.generation = 3}).value();
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) {
    EXPECT_EQ(
        make_variant(subject("Subject"), {.kind = "truncated", .generation = 3, .truncate_at = at})
            .value(),
        whole.substr(0, at));
  }
  const auto nothing_cut = make_variant(
      subject("Subject"), {.kind = "truncated", .generation = 3, .truncate_at = whole.size()});
  ASSERT_FALSE(nothing_cut);
  EXPECT_EQ(nothing_cut.error().code, ErrorCode::usage);
}

TEST(Variants, TextSharedWithAnAnnotation_StaysThere) {
  const auto bytes = make_variant(subject("Shared"), {.generation = 5});
  ASSERT_TRUE(bytes);
  EXPECT_NE(bytes->find("bhsim-generation:0"), std::string::npos) << "the annotation's value";
  EXPECT_EQ(generation_of(*bytes).value(), 5);
}

TEST(Variants, StaticFinalMarker_IsRefusedWithTheReason) {
  const auto bytes = make_variant(subject("StaticMarker"), {.generation = 5});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::conflict);
  EXPECT_NE(bytes.error().message.find("static final"), std::string::npos);
}

TEST(Variants, TwoMarkers_AreRefused) {
  const auto bytes = make_variant(subject("TwoMarkers"), {.generation = 5});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::conflict);
}

TEST(Variants, NoMarker_IsNotFoundWithTheTextThatIsNeeded) {
  const auto bytes = make_variant(subject("Subject"), {.generation = 5, .marker = "my-version="});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::not_found);
  EXPECT_NE(bytes.error().message.find("my-version=<digits>"), std::string::npos);
}

TEST(Variants, UnknownKind_IsAUsageError) {
  const auto bytes = make_variant(subject("Subject"), {.kind = "rusty"});
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::usage);
  EXPECT_EQ(find_variant("rusty"), nullptr);
}

TEST(Variants, OfNoClassFile_IsAProtocolError) {
  EXPECT_EQ(make_variant("no class", {.generation = 1}).error().code, ErrorCode::protocol);
}

TEST(Variants, ApplicationsClasses_CanAllBeSwapped) {
  for (const char* name : {"PricingService", "DiscountService", "com.example.orders.OrderPolicy"}) {
    const auto bytes = read_file(test::application_classes() + "/" + class_file_path(name));
    ASSERT_TRUE(bytes);
    for (const char* kind : {"valid", "truncated", "bad-magic", "schema-change", "throws"}) {
      const auto made = make_variant(*bytes, {.kind = kind, .generation = 12});
      EXPECT_TRUE(made) << name << ": " << made.error().message;
    }
  }
}

}  // namespace
}  // namespace bhsim::hotswap
