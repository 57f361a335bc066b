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

}  // namespace
}  // namespace bhsim::config
