#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

TEST(FaultKinds, Table_HasEachKindOnceWithItsMaker) {
  std::set<std::string_view> names;
  for (const auto& kind : fault_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.title.empty()) << kind.name;
    EXPECT_FALSE(kind.scenario.empty()) << kind.name;
    EXPECT_EQ(find_fault_kind(kind.name), &kind);
    ASSERT_NE(kind.impossible, nullptr) << kind.name;
    if (kind.make == nullptr) {
      EXPECT_TRUE(kind.impossible({})) << kind.name << ": nobody says why it is not made";
      continue;
    }
    FaultSpec spec;
    spec.kind = kind.name;
    spec.target = "0258700c5aa4b2c8060e4e7b";
    const auto fault = kind.make(spec);
    EXPECT_EQ(fault->spec().kind, kind.name);
    EXPECT_NE(fault->describe().find("0258700c5aa4"), std::string::npos) << fault->describe();
  }
  EXPECT_EQ(find_fault_kind("meteorite"), nullptr);
}

TEST(FaultKinds, WhatEndsTheJvmForSure_IsReckonedAtItsStart) {
  for (const auto& kind : fault_kinds())
    EXPECT_EQ(kind.ends == Ends::always, kind.effect == Effect::restart) << kind.name;
}

TEST(FaultKinds, WhatStrains_IsHeldForATimeOfItsOwn) {
  for (const auto& kind : fault_kinds())
    if (kind.effect == Effect::strain && kind.make != nullptr) {
      EXPECT_GE(kind.holds, kHoldsMin) << kind.name;
    }
}

TEST(FaultKinds, OwnValueOfAParameter_MayStandForIt) {
  for (const auto& kind : fault_kinds())
    for (const auto& parameter : kind.told())
      if (!parameter.fallback.empty()) {
        EXPECT_FALSE(refused(parameter, std::string(parameter.fallback)))
            << kind.name << "." << parameter.name;
      }
}

TEST(FaultKinds, ValueThatMayNotStand_IsToldWhatMay) {
  const auto& headroom = *find_fault_kind("memory")->parameter("headroom");
  EXPECT_EQ(refused(headroom, "12m"), std::nullopt);
  EXPECT_EQ(refused(headroom, "5g"), "a size from 0 B to 4 GB");
  EXPECT_EQ(refused(headroom, "much"), "a size from 0 B to 4 GB");
  const auto& share = *find_fault_kind("cpu")->parameter("share");
  EXPECT_EQ(refused(share, "95%"), "a share from 1% to 90%");
  const auto& request = *find_fault_kind("exit")->parameter("request");
  EXPECT_FALSE(refused(request, "/admin/exit"));
  EXPECT_TRUE(refused(request, "admin"));
  EXPECT_TRUE(refused(request, "/a/../b"));
  const auto& threads = *find_fault_kind("pids")->parameter("headroom");
  EXPECT_EQ(refused(threads, "-1"), "a whole number from 0 to 1000");
  EXPECT_EQ(refused(threads, "3.5"), "a whole number from 0 to 1000");
}

TEST(FaultKinds, HostThatLacksWhatAFaultNeeds_SaysWhat) {
  const auto why = [](std::string_view kind, const Host& host) {
    return find_fault_kind(kind)->impossible(host).value_or(std::string());
  };
  EXPECT_NE(why("pause", {.freezer = false}).find("freezer"), std::string::npos);
  EXPECT_NE(why("memory", {.memory_limit = false}).find("memory"), std::string::npos);
  EXPECT_NE(why("memory", {.cgroup_v1 = false}).find("cgroup v2"), std::string::npos);
  EXPECT_NE(why("cpu", {.cpu_quota = false}).find("CFS"), std::string::npos);
  EXPECT_NE(why("pids", {.pids_limit = false}).find("pids"), std::string::npos);
  EXPECT_NE(why("latency", {.netem = false}).find("netem"), std::string::npos);
  EXPECT_NE(why("clock", {}).find("wall clock"), std::string::npos);
  for (const auto& kind : fault_kinds())
    if (kind.make != nullptr) {
      EXPECT_EQ(why(kind.name, {}), "") << kind.name;
    }
}

// What docs/faults.md says of a kind is its row.
TEST(FaultKinds, Document_HasARowForEach) {
  std::ifstream in(BHSIM_SOURCE_DIR "/docs/faults.md");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  for (const auto& kind : fault_kinds())
    EXPECT_NE(text.find(fmt::format("\n| `{}` |", kind.name)), std::string::npos) << kind.name;
}

}  // namespace
}  // namespace bhsim::faults
