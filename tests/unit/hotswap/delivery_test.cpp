// Deliveries by the real helper into a folder of this machine.

#include "framework/hotswap/delivery.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "class_files.hpp"
#include "tests/support/local_sidecar.hpp"

namespace bhsim::hotswap {
namespace {

using history::Swap;
using test::subject;

Swap planned(std::int64_t generation, std::string class_name, std::string variant = "valid") {
  Swap swap;
  swap.generation = generation;
  swap.class_name = std::move(class_name);
  swap.variant = std::move(variant);
  return swap;
}

class DeliveryTest : public testing::Test {
 protected:
  void SetUp() override {
    local_ = test::start_local_sidecar();
    ASSERT_TRUE(local_.sidecar);
    auto folder = TemporaryDirectory::create("bhsim-classes");
    ASSERT_TRUE(folder);
    folder_.emplace(std::move(*folder));
  }
  Deliverer deliverer(sidecar::Way way = sidecar::Way::rename_touch) {
    auto made = Deliverer::create(
        {.directory = folder_->path().string(), .way = way},
        {{"Subject", subject("Subject")}, {"named.deep.Named", subject("named.deep.Named")}},
        system_clock());
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::string on_disk(std::string_view class_name) {
    return read_file(folder_->path() / class_file_path(class_name)).value_or("");
  }
  int files() {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_->path())) {
      count += entry.is_regular_file() ? 1 : 0;
    }
    return count;
  }
  sidecar::Sidecar& sidecar() { return *local_.sidecar; }

 private:
  test::LocalSidecar local_;
  std::optional<TemporaryDirectory> folder_;
};

TEST_F(DeliveryTest, EachWay_BringsTheGenerationIntoPlaceAndTellsWhen) {
  std::int64_t generation = 0;
  for (const auto way : {sidecar::Way::rename_touch, sidecar::Way::rename, sidecar::Way::overwrite,
                         sidecar::Way::in_place}) {
    Deliverer delivering = deliverer(way);
    const Time before = system_clock().now();
    const auto swap = delivering.deliver(sidecar(), planned(++generation, "named.deep.Named"));
    ASSERT_TRUE(swap) << swap.error().message;
    EXPECT_EQ(generation_of(on_disk("named.deep.Named")).value(), generation) << to_string(way);
    EXPECT_EQ(swap->sha256, sha256_hex(on_disk("named.deep.Named")));
    EXPECT_LE(before, swap->t_write);
    EXPECT_LE(swap->t_write, system_clock().now());
    const bool renames = way == sidecar::Way::rename_touch || way == sidecar::Way::rename;
    ASSERT_EQ(swap->t_rename.has_value(), renames);
    if (renames) {
      EXPECT_LE(swap->t_write, *swap->t_rename);
    }
    EXPECT_TRUE(swap->valid);
    EXPECT_EQ(files(), 1) << "nothing staged is left behind";
  }
}

TEST_F(DeliveryTest, DigestsBefore_AreAChain) {
  Deliverer delivering = deliverer();
  EXPECT_EQ(delivering.on_disk().at("Subject").sha256, sha256_hex(subject("Subject")));
  const auto first = delivering.deliver(sidecar(), planned(1, "Subject"));
  const auto second = delivering.deliver(sidecar(), planned(2, "Subject", "truncated"));
  const auto third = delivering.deliver(sidecar(), planned(3, "Subject"));
  ASSERT_TRUE(first && second && third);
  EXPECT_EQ(first->sha256_before, sha256_hex(subject("Subject")));
  EXPECT_EQ(second->sha256_before, first->sha256);
  EXPECT_FALSE(second->valid);
  EXPECT_EQ(third->sha256_before, second->sha256);
  EXPECT_EQ(delivering.on_disk().at("Subject").generation, 3);
  EXPECT_EQ(delivering.on_disk().at("named.deep.Named").generation, 0);
}

TEST_F(DeliveryTest, InPlaceOverALongerFile_IsCutToLength) {
  Deliverer delivering = deliverer(sidecar::Way::in_place);
  ASSERT_TRUE(delivering.deliver(sidecar(), planned(1, "Subject", "huge")));
  ASSERT_TRUE(delivering.deliver(sidecar(), planned(2, "Subject")));
  EXPECT_EQ(generation_of(on_disk("Subject")).value(), 2);
}

TEST_F(DeliveryTest, HalfWritten_IsFinished) {
  for (const auto way : {sidecar::Way::rename_touch, sidecar::Way::in_place}) {
    Deliverer delivering = deliverer(way);
    const auto swap = delivering.deliver(sidecar(), planned(4, "Subject", "half-written"));
    ASSERT_TRUE(swap) << swap.error().message;
    EXPECT_EQ(generation_of(on_disk("Subject")).value(), 4);
    EXPECT_TRUE(swap->valid);
  }
}

TEST_F(DeliveryTest, KindThatNeedsASecondClass_BringsItFirst) {
  ASSERT_TRUE(deliverer().deliver(sidecar(), planned(4, "Subject", "circular")));
  EXPECT_EQ(class_name_of(on_disk("Subject$Circle")).value(), "Subject$Circle");
  EXPECT_EQ(generation_of(on_disk("Subject")).value(), 4);
}

TEST_F(DeliveryTest, Group_IsBroughtIntoPlaceTogether) {
  Deliverer delivering = deliverer();
  const auto swaps =
      delivering.deliver_group(sidecar(), {planned(5, "Subject"), planned(6, "named.deep.Named")});
  ASSERT_TRUE(swaps) << swaps.error().message;
  ASSERT_EQ(swaps->size(), 2U);
  EXPECT_EQ(generation_of(on_disk("Subject")).value(), 5);
  EXPECT_EQ(generation_of(on_disk("named.deep.Named")).value(), 6);
  EXPECT_LE((*swaps)[1].t_write, (*swaps)[0].t_rename)
      << "all are staged before the first is renamed";
}

TEST_F(DeliveryTest, FromSeveralThreadsAtOnce_AllLand) {
  Deliverer delivering = deliverer();
  std::vector<std::thread> threads;
  for (std::int64_t k = 0; k < 4; ++k) {
    threads.emplace_back([&, k] {
      for (std::int64_t i = 0; i < 10; ++i) {
        const auto swap = delivering.deliver(
            sidecar(), planned(1 + k * 10 + i, k % 2 == 0 ? "Subject" : "named.deep.Named"));
        EXPECT_TRUE(swap) << swap.error().message;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(files(), 2);
  EXPECT_TRUE(generation_of(on_disk("Subject")));
}

TEST_F(DeliveryTest, UnknownClass_IsAnError) {
  const auto swap = deliverer().deliver(sidecar(), planned(1, "Other"));
  ASSERT_FALSE(swap);
  EXPECT_EQ(swap.error().code, ErrorCode::not_found);
}

TEST_F(DeliveryTest, SidecarThatHasEnded_IsAConflictAndNothingChanges) {
  Deliverer delivering = deliverer();
  test::LocalSidecar other = test::start_local_sidecar();
  ASSERT_TRUE(other.sidecar);
  other.helper->kill(SIGKILL);
  const auto swap = delivering.deliver(*other.sidecar, planned(1, "Subject"));
  ASSERT_FALSE(swap);
  EXPECT_EQ(delivering.on_disk().at("Subject").generation, 0);
  EXPECT_TRUE(delivering.deliver(sidecar(), planned(2, "Subject"))) << "another side-car goes on";
}

TEST(Deliverer, ClassWithoutMarker_IsRefusedAtTheStart) {
  const auto made =
      Deliverer::create({}, {{"StaticMarker", subject("StaticMarker")}}, system_clock());
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("StaticMarker"), std::string::npos);
}

TEST(Deliverer, BytesOfAnotherClass_AreRefusedAtTheStart) {
  const auto made = Deliverer::create({}, {{"Other", subject("Subject")}}, system_clock());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::config);
}

}  // namespace
}  // namespace bhsim::hotswap
