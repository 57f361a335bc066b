#include "framework/config/mistakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using ::testing::HasSubstr;

// Our own reader is as strict as an agent should be.
TEST(Mistakes, EachIsOneThatAReaderOfTheFileFinds) {
  const auto mistakes = mistakes_of({});
  EXPECT_EQ(mistakes.size(), kConfigurationKeys.size() + 1);
  for (const auto& mistake : mistakes) {
    const auto read = parse_production_config(mistake.text, "c.yml");
    ASSERT_FALSE(read) << mistake.key;
    const auto& message = read.error().message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_THAT(message, HasSubstr(mistake.key.substr(mistake.key.find('.') + 1)));
  }
}

TEST(Mistakes, AllOff_IsAFileThatReads) {
  const auto off = all_off({});
  const auto read = parse_production_config(off.text, "c.yml");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(read->circuit_breaker || read->auto_rollback || read->metrics_enabled ||
               read->jfr_enabled);
}

// A number that is the default everywhere would be obeyed by an agent that reads no file.
TEST(Mistakes, NumbersThatAreTried_AreNotTheDocuments) {
  const ProductionConfig document;
  EXPECT_NE(strained({}).validation_timeout, document.validation_timeout);
  EXPECT_NE(stalled({}).redefinition_timeout, document.redefinition_timeout);
  EXPECT_NE(stalled({}).max_concurrent_hotswaps, all_off({}).max_concurrent_hotswaps);
  EXPECT_NE(stalled({}).health_check_interval, strained({}).health_check_interval);
  EXPECT_NE(strained({}).health_check_interval, document.health_check_interval);
}

TEST(Mistakes, ConfigurationsWithShortLimits_AreFilesThatReadAsTheSame) {
  for (const auto& tried : {strained({}), stalled({})}) {
    EXPECT_FALSE(tried.circuit_breaker || tried.auto_rollback) << "nothing else gets in the way";
    auto read = parse_production_config(tried.text, "c.yml");
    ASSERT_TRUE(read) << read.error().message;
    read->file = tried.file;
    read->text = tried.text;
    read->sha256 = tried.sha256;
    EXPECT_EQ(*read, tried);
  }
}

// Whoever counts from when a change came must not be late in a burst.
TEST(Mistakes, BurstOfThree_TakesLessThanARedefinitionMay) {
  EXPECT_LT(3 * kHeldInABurst, stalled({}).redefinition_timeout);
}

}  // namespace
}  // namespace bhsim::config
