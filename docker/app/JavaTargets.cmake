# Java without CMake's own module: one call of javac a target, warnings are errors.
include_guard(GLOBAL)
find_program(BHSIM_JAVAC javac REQUIRED)
find_program(BHSIM_JAR jar REQUIRED)
find_program(BHSIM_JAVA java REQUIRED)

# bhsim_java_classes(NAME SOURCES folder… OUTPUT folder [CLASSPATH path…] [AFTER target…])
# The output folder is made anew each time, so that a class whose source is gone does not stay behind.
function(bhsim_java_classes name)
  cmake_parse_arguments(ARG "" "OUTPUT" "SOURCES;CLASSPATH;AFTER" ${ARGN})
  list(TRANSFORM ARG_SOURCES APPEND "/*.java" OUTPUT_VARIABLE patterns)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${patterns})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.stamp)
  set(path ${ARG_CLASSPATH})
  list(JOIN path ":" path)
  if(path)
    set(path -cp ${path})
  endif()
  foreach(target ${ARG_AFTER})
    get_target_property(file ${target} BHSIM_STAMP)
    list(APPEND stamps ${file})
  endforeach()
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${ARG_OUTPUT}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${ARG_OUTPUT}
    COMMAND ${BHSIM_JAVAC} -Xlint:all -Werror -g -encoding UTF-8 --release 17 ${path} -d ${ARG_OUTPUT} ${sources}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${sources} ${stamps}
    COMMENT "Compiling Java: ${name}"
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${stamp})
  foreach(target ${ARG_AFTER})
    add_dependencies(${name} ${target})
  endforeach()
  set_target_properties(${name} PROPERTIES BHSIM_STAMP ${stamp})
endfunction()

# bhsim_java_jar(NAME CLASSES folder MANIFEST file OUTPUT jar AFTER target)
function(bhsim_java_jar name)
  cmake_parse_arguments(ARG "" "CLASSES;MANIFEST;OUTPUT;AFTER" "" ${ARGN})
  get_target_property(stamp ${ARG_AFTER} BHSIM_STAMP)
  add_custom_command(
    OUTPUT ${ARG_OUTPUT}
    # A fixed date: the image's name is a digest of its content, and must not change with the hour of the build.
    COMMAND ${BHSIM_JAR} --create --file ${ARG_OUTPUT} --manifest ${ARG_MANIFEST} --date=2025-01-01T00:00:00+00:00
            -C ${ARG_CLASSES} .
    DEPENDS ${stamp} ${ARG_MANIFEST}
    COMMENT "Packing ${name}"
    VERBATIM)
  add_custom_target(${name} ALL DEPENDS ${ARG_OUTPUT})
  add_dependencies(${name} ${ARG_AFTER})
  set_target_properties(${name} PROPERTIES BHSIM_STAMP ${ARG_OUTPUT})
endfunction()

# bhsim_java_test(NAME MAIN class CLASSPATH path… [ARGUMENTS word…] LABELS label…): one ctest entry.
function(bhsim_java_test name)
  cmake_parse_arguments(ARG "" "MAIN" "CLASSPATH;ARGUMENTS;LABELS" ${ARGN})
  list(JOIN ARG_CLASSPATH ":" path)
  add_test(NAME ${name} COMMAND ${BHSIM_JAVA} -Xmx256m -XX:+UseSerialGC -cp ${path} ${ARG_MAIN} ${ARG_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()
