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

add_test(NAME consumer COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh
                               ${PROJECT_BINARY_DIR} ${CMAKE_INSTALL_LIBDIR}
                               ${static})
set_tests_properties(
  consumer
  PROPERTIES LABELS unit
             ENVIRONMENT
             "CC=${CMAKE_C_COMPILER};CFLAGS=${sanitize};CXXFLAGS=${sanitize}")
