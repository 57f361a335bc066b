# One static library a folder. A library's headers are reached through a directory that holds a link to its folder
# alone, so `#include "framework/engine/client.hpp"` compiles only in folders that link to framework/engine: the build
# itself refuses an include against the direction of dependency.

find_program(CCACHE ccache)
if(CCACHE AND NOT BHSIM_TIDY)
  # Without these two it keeps nothing that was compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

add_library(bhsim_warnings INTERFACE)
target_compile_options(bhsim_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-field-initializers
                       -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
target_compile_definitions(bhsim_warnings INTERFACE BHSIM_VERSION="${PROJECT_VERSION}")
if(CMAKE_UNITY_BUILD)
  # Several sources in one: what one of them keeps to itself is then "in a header" or "shadowed" in the next, and
  # the optimiser sees uninitialised optionals that are none. The presets that compile each source alone watch over it.
  target_compile_options(bhsim_warnings INTERFACE -Wno-subobject-linkage -Wno-shadow -Wno-maybe-uninitialized)
endif()
add_library(bhsim_flags INTERFACE)
target_link_libraries(bhsim_flags INTERFACE bhsim_warnings)
set(BHSIM_TESTED_HELPER bhsim-helper)  # docker/helper/CMakeLists.txt
if(BHSIM_SANITIZE)
  set(BHSIM_TESTED_HELPER bhsim-helper-sanitized)
  target_compile_options(bhsim_flags INTERFACE -fsanitize=${BHSIM_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(bhsim_flags INTERFACE -fsanitize=${BHSIM_SANITIZE})
endif()

# bhsim_precompiled(NAME LIBS lib… HEADERS header…): headers that nearly every source reads, for targets with the flags of the
# project to take with bhsim_use_precompiled(TARGET NAME). Only where sources are joined for speed: the other presets see to it
# that each source includes what it uses.
function(bhsim_precompiled name)
  cmake_parse_arguments(ARG "" "" "LIBS;HEADERS" ${ARGN})
  if(CMAKE_UNITY_BUILD)
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}.cpp CONTENT "")
    add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE bhsim_flags ${ARG_LIBS})
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()

function(bhsim_use_precompiled target name)
  if(CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} REUSE_FROM ${name})
  endif()
endfunction()

# bhsim_library(FOLDER [PUBLIC lib…] [PRIVATE lib…]): a lib with a slash, or `checks`, is another folder.
function(bhsim_library folder)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "/" "_" name bhsim_${folder})
  add_library(${name} STATIC ${sources})
  set(link_root ${PROJECT_BINARY_DIR}/include/${name})
  get_filename_component(parent ${link_root}/${folder} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${link_root}/${folder} SYMBOLIC)
  target_include_directories(${name} PUBLIC ${link_root})
  target_link_libraries(${name} PRIVATE bhsim_flags)
  bhsim_use_precompiled(${name} bhsim_precompiled_library)
  foreach(scope PUBLIC PRIVATE)
    foreach(lib ${ARG_${scope}})
      if(lib MATCHES "/" OR lib STREQUAL "checks")
        string(REPLACE "/" "_" lib bhsim_${lib})
      endif()
      target_link_libraries(${name} ${scope} ${lib})
    endforeach()
  endforeach()
  if(BHSIM_TIDY)
    set_target_properties(${name} PROPERTIES CXX_CLANG_TIDY "${BHSIM_TIDY}")
  endif()
endfunction()

# bhsim_test(NAME SOURCES file… LIBS folder… [LABELS label] [TIMEOUT seconds] [ALONE]): one GoogleTest program, one ctest
# entry a case. One label: gtest_discover_tests takes a second for the name of a property, and all behind it is lost.
# ALONE: nothing runs beside it, because it measures.
function(bhsim_test name)
  cmake_parse_arguments(ARG "ALONE" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  list(LENGTH ARG_LABELS labels)
  if(labels GREATER 1)
    message(FATAL_ERROR "bhsim_test(${name}): one label, not ${labels}: ${ARG_LABELS}")
  endif()
  foreach(lib ${ARG_LIBS})
    if(lib MATCHES "^framework/" OR lib STREQUAL "checks")
      string(REPLACE "/" "_" lib bhsim_${lib})
    endif()
    list(APPEND libs ${lib})
  endforeach()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${libs} bhsim_flags GTest::gtest GTest::gmock GTest::gtest_main)
  bhsim_use_precompiled(${name} bhsim_precompiled_test)
  target_compile_definitions(${name} PRIVATE BHSIM_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             BHSIM_BINARY_DIR="${PROJECT_BINARY_DIR}"
                             BHSIM_HELPER="${PROJECT_BINARY_DIR}/docker/helper/${BHSIM_TESTED_HELPER}")
  # What uses the engine has it for itself, however many tests run side by side.
  set(lock)
  if("e2e" IN_LIST ARG_LABELS)
    set(lock RESOURCE_LOCK engine)
  endif()
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} RUN_SERIAL ${ARG_ALONE} ${lock})
endfunction()
