# bhsim_embed(TARGET NAMESPACE NAME=file…): gives TARGET the bytes of each file as `extern const std::string_view NAME` in
# NAMESPACE. The generated source lies in the build directory; nothing of the files is copied into the tree.
function(bhsim_embed target namespace)
  set(generated ${PROJECT_BINARY_DIR}/embedded/${target}.cpp)
  set(files)
  foreach(pair ${ARGN})
    string(REGEX REPLACE "^[^=]*=" "" file "${pair}")
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "${file} is missing: install the packages of scripts/packages")
    endif()
    list(APPEND files ${file})
  endforeach()
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${generated}" "-DNAMESPACE=${namespace}" "-DPAIRS=${ARGN}"
            -P ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/EmbedFiles.cmake
    COMMENT "Embedding files into ${target}"
    VERBATIM)
  target_sources(${target} PRIVATE ${generated})
endfunction()
