#pragma once
// What looks like a secret. By its name and by its shape, because each alone misses or cries wolf:
// TOKENIZERS=4 is none, and a key in JAVA_OPTS has no telling name. The findings never repeat the
// value.

#include <optional>
#include <string>
#include <string_view>

namespace bhsim::checks {

// "NAME=value": "the secret DB_PASSWORD", or what secret_in_text finds in the value. A value that
// was redacted before storing was one. Paths, numbers, flags and references to files are none.
std::optional<std::string> secret_in_assignment(std::string_view assignment);

// By shape, anywhere in the text, and NAME=value and --name value pairs in it: "a private key",
// "the secret db.password".
std::optional<std::string> secret_in_text(std::string_view text);

}  // namespace bhsim::checks
