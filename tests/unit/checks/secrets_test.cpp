#include "checks/secrets.hpp"

#include <gtest/gtest.h>

namespace bhsim::checks {
namespace {

TEST(SecretInAssignment, TellingNameWithAValue_IsFound) {
  for (const char* text :
       {"DB_PASSWORD=hunter2", "api.token=abcdef123", "AWS_SECRET_ACCESS_KEY=abc/def",
        "secret=s3cr3t", "MY-API-KEY=0123456789", "PASSWORD=<redacted>"})
    EXPECT_TRUE(secret_in_assignment(text)) << text;
}

TEST(SecretInAssignment, ShapeOfASecretUnderAnyName_IsFound) {
  for (const char* text :
       {"OPTS=-Dkey=AKIAABCDEFGHIJKLMNOP", "PEM=-----BEGIN RSA PRIVATE KEY-----",
        "DB=postgres://app:pw@db/x", "HEADER=eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
        "GIT=ghp_0123456789abcdefghijABCDEFGHIJ012345"})
    EXPECT_TRUE(secret_in_assignment(text)) << text;
}

TEST(SecretInAssignment, WhatOnlyLooksLikeOne_IsNotFound) {
  for (const char* text :
       {"TOKENIZERS_PARALLELISM=4", "DB_PASSWORD_FILE=/run/secrets/db",
        "PASSWORD=", "USE_AUTH=true", "TOKEN_TTL=300", "PATH=/usr/bin", "PASSWORD=${FROM_VAULT}",
        "URL=http://127.0.0.1:8080/x", "AUTHOR=somebody", "SECRET=/run/secrets/x"})
    EXPECT_FALSE(secret_in_assignment(text)) << text;
}

TEST(SecretInAssignment, Finding_DoesNotRepeatTheValue) {
  EXPECT_EQ(secret_in_assignment("DB_PASSWORD=hunter2"), "the secret DB_PASSWORD");
  EXPECT_EQ(*secret_in_assignment("DB=postgres://app:hunter2@db"), "a password in a URL");
}

TEST(SecretInText, OptionsAndAssignmentsInsideCommands_AreFound) {
  for (const char* text : {"/bin/sh -c #(nop) ENV DB_PASSWORD=hunter2", "-Ddb.password=hunter2",
                           "java --password hunter2", "curl https://me:hunter2@host/x"})
    EXPECT_TRUE(secret_in_text(text)) << text;
}

TEST(SecretInText, OrdinaryCommands_AreNot) {
  for (const char* text :
       {"/bin/sh -c apt-get install -y passwd", "-XX:+UseG1GC", "--auth off",
        "COPY file:abc in /app", "-Dbhsim.swap.allow=PricingService:DiscountService"})
    EXPECT_FALSE(secret_in_text(text)) << text;
}

}  // namespace
}  // namespace bhsim::checks
