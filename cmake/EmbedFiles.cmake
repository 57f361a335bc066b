# Run as a script by bhsim_embed: writes OUTPUT with the bytes of every NAME=file of PAIRS.
set(source "#include <string_view>\nnamespace ${NAMESPACE} {\n")
foreach(pair ${PAIRS})
  string(REGEX REPLACE "=.*$" "" name "${pair}")
  string(REGEX REPLACE "^[^=]*=" "" file "${pair}")
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND source "static const char ${name}_bytes[] = {${bytes}};\n"
         "extern const std::string_view ${name};\n"
         "const std::string_view ${name}(${name}_bytes, sizeof(${name}_bytes));\n")
endforeach()
string(APPEND source "}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUTPUT} "${source}")
