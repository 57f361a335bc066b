// The variants that a simulation may name are those that can be made, and are called what they are.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "framework/config/vocabulary.hpp"
#include "framework/hotswap/variants.hpp"

namespace bhsim::runner {
namespace {

TEST(VariantsOfASimulation, AreThoseThatCanBeMade) {
  std::set<std::string> known{"valid", std::string(config::kBreakingVariant)};
  for (const auto& name : config::unusual_and_bad_variants())
    EXPECT_TRUE(known.insert(name).second) << name << " stands there twice";
  std::set<std::string> made;
  for (const auto& kind : hotswap::variant_kinds()) made.emplace(kind.name);
  EXPECT_EQ(known, made);
}

TEST(VariantsOfASimulation, UnusualOnesAreValidAndTheOthersAreNot) {
  for (const auto& kind : hotswap::variant_kinds()) {
    const bool unusual = std::ranges::count(config::kUnusualVariants, kind.name) > 0;
    EXPECT_EQ(kind.valid, unusual || kind.name == "valid" || kind.name == config::kBreakingVariant)
        << kind.name;
  }
}

// Codes 63 to 67 and 70 to 72 of JVMTI: what another JVM may take.
TEST(VariantsOfASimulation, SchemaOnesAreWhatTheJvmCallsUnsupported) {
  for (const auto& kind : hotswap::variant_kinds()) {
    const bool schema = std::ranges::count(config::kSchemaVariants, kind.name) > 0;
    EXPECT_EQ(schema, kind.throws == "java.lang.UnsupportedOperationException") << kind.name;
  }
}

}  // namespace
}  // namespace bhsim::runner
