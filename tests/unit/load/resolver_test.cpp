#include "framework/load/resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Address address_of(const std::string& text) {
  Address address;
  address.text = text;
  return address;
}

// Renews until there is something else, at most 10 s.
bool renewed(const Resolver& resolver, std::vector<Address>& addresses, std::uint64_t& generation) {
  const Time give_up = system_clock().now() + seconds(10);
  while (system_clock().now() < give_up) {
    if (resolver.renew(addresses, generation)) return true;
    std::this_thread::yield();
  }
  return false;
}

std::string note_once_there(const Resolver& resolver) {
  const Time give_up = system_clock().now() + seconds(10);
  while (resolver.note().empty() && system_clock().now() < give_up) std::this_thread::yield();
  return resolver.note();
}

TEST(Resolver, NewUser_GetsTheFirstAddressesOnce) {
  const Resolver resolver({address_of("a"), address_of("b")});
  std::vector<Address> addresses;
  std::uint64_t generation = 0;
  EXPECT_TRUE(resolver.renew(addresses, generation));
  ASSERT_EQ(addresses.size(), 2U);
  EXPECT_EQ(addresses[1].text, "b");
  EXPECT_FALSE(resolver.renew(addresses, generation));
  EXPECT_EQ(resolver.note(), "");
}

TEST(Resolver, Asked_LooksUpAndTellsWhatChanged) {
  Resolver resolver({address_of("a")}, [] { return std::vector{address_of("b")}; });
  std::vector<Address> addresses;
  std::uint64_t generation = 0;
  resolver.renew(addresses, generation);
  EXPECT_TRUE(resolver.ask(Time(seconds(100))));
  ASSERT_TRUE(renewed(resolver, addresses, generation));
  EXPECT_EQ(addresses[0].text, "b");
  EXPECT_THAT(resolver.note(), HasSubstr("1 times it had other addresses"));
}

TEST(Resolver, AskedAgainWithinASecond_DoesNotLookUp) {
  Resolver resolver({address_of("a")}, [] { return std::vector{address_of("a")}; });
  EXPECT_TRUE(resolver.ask(Time(seconds(100))));
  EXPECT_FALSE(resolver.ask(Time(milliseconds(100'999))));
  EXPECT_TRUE(resolver.ask(Time(seconds(101))));
}

TEST(Resolver, NumericHost_IsNeverLookedUp) {
  Resolver resolver({address_of("a")});
  EXPECT_FALSE(resolver.ask(Time(seconds(100))));
}

TEST(Resolver, LookUpThatFails_KeepsTheAddressesAndIsTold) {
  Resolver resolver({address_of("a")}, []() -> Result<std::vector<Address>> {
    return fail(ErrorCode::io, "no such name");
  });
  std::vector<Address> addresses;
  std::uint64_t generation = 0;
  resolver.renew(addresses, generation);
  resolver.ask(Time(seconds(100)));
  EXPECT_THAT(note_once_there(resolver),
              HasSubstr("1 look-ups failed, the last one: no such name"));
  EXPECT_FALSE(resolver.renew(addresses, generation));
  EXPECT_EQ(addresses[0].text, "a");
}

// The look-up ends only after the resolver is gone; waiting for it would never end.
TEST(Resolver, DestroyedInsideALookUp_DoesNotWait) {
  struct Step {
    std::promise<void> inside, gone;
  };
  const auto step = std::make_shared<Step>();
  {
    Resolver resolver({address_of("a")}, [step] {
      step->inside.set_value();
      step->gone.get_future().wait();
      return std::vector{address_of("b")};
    });
    resolver.ask(Time(seconds(100)));
    step->inside.get_future().wait();
  }
  step->gone.set_value();
  while (step.use_count() > 1) std::this_thread::yield();  // the thread has ended, too
}

TEST(Route, Led_IsToBeLeftByWhatConnectedBefore) {
  Resolver resolver({address_of("a")});
  Route route(resolver);
  const auto before = route.generation();
  EXPECT_EQ(route.ordered(), 0U) << "nobody has ordered the first way";
  resolver.lead({address_of("b")});
  EXPECT_LT(before, route.ordered());
  route.renew();
  EXPECT_EQ(route.address().text, "b");
  EXPECT_EQ(route.generation(), route.ordered());
}

TEST(Route, AddressesFoundAnew_OrderNobodyToLeave) {
  Resolver resolver({address_of("a")}, [] { return std::vector{address_of("b")}; });
  std::vector<Address> addresses;
  std::uint64_t generation = 0;
  resolver.renew(addresses, generation);
  resolver.ask(Time(seconds(100)));
  ASSERT_TRUE(renewed(resolver, addresses, generation));
  EXPECT_EQ(resolver.ordered(), 0U);
}

TEST(Route, EachAddress_IsTriedOnceBeforeTheTargetRefuses) {
  Resolver resolver({address_of("a"), address_of("b"), address_of("c")});
  Route route(resolver);
  EXPECT_EQ(route.address().text, "a");
  EXPECT_TRUE(route.move_on(route.at(), Time{}));
  EXPECT_EQ(route.address().text, "b");
  EXPECT_TRUE(route.move_on(route.at(), Time{}));
  EXPECT_EQ(route.address().text, "c");
  EXPECT_FALSE(route.move_on(route.at(), Time{}));
  EXPECT_EQ(route.address().text, "a");
  EXPECT_TRUE(route.move_on(route.at(), Time{}));
}

TEST(Route, OnlyAddress_RefusesEachTime) {
  Resolver resolver({address_of("a")});
  Route route(resolver);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(route.move_on(0, Time{}));
  EXPECT_EQ(route.address().text, "a");
}

// Fifty connections were on their way to the first address when it was found to refuse.
TEST(Route, FailuresOfAnAddressLeftBefore_DoNotMoveOnFurther) {
  Resolver resolver({address_of("a"), address_of("b")});
  Route route(resolver);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(route.move_on(0, Time{}));
  EXPECT_EQ(route.address().text, "b");
}

TEST(Route, ConnectionThatStands_LetsEachAddressBeTriedAgain) {
  Resolver resolver({address_of("a"), address_of("b")});
  Route route(resolver);
  EXPECT_TRUE(route.move_on(0, Time{}));
  route.reached();
  EXPECT_TRUE(route.move_on(1, Time{}));
  EXPECT_EQ(route.address().text, "a");
  EXPECT_FALSE(route.move_on(0, Time{}));
}

TEST(Route, OtherAddresses_AreTakenOverFromTheFirst) {
  Resolver resolver({address_of("a"), address_of("b")}, [] {
    return std::vector{address_of("c"), address_of("d")};
  });
  Route route(resolver);
  EXPECT_TRUE(route.move_on(0, Time(seconds(100))));  // asks
  const Time give_up = system_clock().now() + seconds(10);
  while (route.address().text == "b" && system_clock().now() < give_up) route.renew();
  EXPECT_EQ(route.address().text, "c");
}

}  // namespace
}  // namespace bhsim::load
