# Included by tests/CMakeLists.txt: CMakeLists.txt here is the consumer's own.
get_target_property(type clinfer TYPE)
set(static "")
if(type STREQUAL "STATIC_LIBRARY")
  set(static --static)
endif()
set(sanitize "")
if(CLINFER_SANITIZE)
  set(sanitize -fsanitize=${CLINFER_SANITIZE})
endif()

set(run_consumer ${CMAKE_CURRENT_LIST_DIR}/run.sh)
add_test(NAME consumer COMMAND ${run_consumer} ${PROJECT_BINARY_DIR}
                               ${CMAKE_INSTALL_LIBDIR} ${static})
set(consumers consumer)

# A static library, whatever this build makes. It is about what is installed and
# linked, so the library is compiled without optimisation, in half of the time.
if(NOT static)
  set(build ${CMAKE_CURRENT_BINARY_DIR}/static)
  add_test(
    NAME consumer_static
    COMMAND
      ${CMAKE_CTEST_COMMAND} --build-and-test ${PROJECT_SOURCE_DIR} ${build}
      --build-generator ${CMAKE_GENERATOR} --build-options
      -DCMAKE_BUILD_TYPE=Debug -DBUILD_SHARED_LIBS=OFF -DCLINFER_BUILD_TESTS=OFF
      -DCLINFER_BUILD_TOOLS=OFF -DCLINFER_CLBLAST=${CLINFER_CLBLAST}
      -DCLINFER_SANITIZE=${CLINFER_SANITIZE}
      -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER}
      --test-command ${run_consumer} ${build} ${CMAKE_INSTALL_LIBDIR} --static)
  list(APPEND consumers consumer_static)
endif()
set_tests_properties(
  ${consumers}
  PROPERTIES LABELS unit
             ENVIRONMENT
             "CC=${CMAKE_C_COMPILER};CFLAGS=${sanitize};CXXFLAGS=${sanitize}")
