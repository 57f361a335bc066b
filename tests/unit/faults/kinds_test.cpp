#include <gtest/gtest.h>

#include <set>

#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

TEST(FaultKinds, Table_HasEachKindOnceWithItsMaker) {
  std::set<std::string_view> names;
  for (const auto& kind : fault_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.title.empty()) << kind.name;
    EXPECT_EQ(find_fault_kind(kind.name), &kind);
    FaultSpec spec;
    spec.kind = kind.name;
    spec.target = "0258700c5aa4b2c8060e4e7b";
    const auto fault = kind.make(spec);
    EXPECT_EQ(fault->spec().kind, kind.name);
    EXPECT_NE(fault->describe().find("0258700c5aa4"), std::string::npos) << fault->describe();
  }
  EXPECT_EQ(find_fault_kind("meteorite"), nullptr);
}

TEST(FaultKinds, OnlyAKill_EndsTheJvm) {
  EXPECT_TRUE(find_fault_kind("kill")->ends_jvm);
  EXPECT_FALSE(find_fault_kind("pause")->ends_jvm);
}

TEST(FaultKinds, PauseWithoutAFreezer_IsImpossibleAndSaysWhy) {
  const auto why = find_fault_kind("pause")->impossible(Host{.freezer = false});
  ASSERT_TRUE(why);
  EXPECT_NE(why->find("freezer"), std::string::npos);
  EXPECT_FALSE(find_fault_kind("pause")->impossible(Host{}));
  EXPECT_FALSE(find_fault_kind("kill")->impossible(Host{.freezer = false}));
}

}  // namespace
}  // namespace bhsim::faults
