# ctest -S tests/sanitizers/memcheck.cmake[,REGEX] -V - build in build-valgrind, and run
# tests under valgrind on PoCL: all that compile next to no kernel, which there
# takes minutes, or those of that name.
set(CTEST_SOURCE_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../..)
set(CTEST_BINARY_DIRECTORY ${CTEST_SOURCE_DIRECTORY}/build-valgrind)
set(CTEST_CMAKE_GENERATOR "Unix Makefiles")
find_program(CTEST_MEMORYCHECK_COMMAND valgrind REQUIRED)
string(
  JOIN " " CTEST_MEMORYCHECK_COMMAND_OPTIONS
  -q --error-exitcode=1 --num-callers=40 --leak-check=full
  --show-leak-kinds=definite --errors-for-leak-kinds=definite)
set(CTEST_MEMORYCHECK_SUPPRESSIONS_FILE ${CMAKE_CURRENT_LIST_DIR}/valgrind.supp)

# Valgrind shows PoCL another CPU, so what it compiles is of no use elsewhere.
set(ENV{POCL_CACHE_DIR} ${CTEST_BINARY_DIRECTORY}/pocl)
set(ENV{OCL_ICD_VENDORS} /etc/OpenCL/vendors/pocl.icd)
set(ENV{CLINFER_DEVICE} pocl)

set(tests oracle status source tile shape gemm_mma gemm_table plan retarget
    clblast_parameters clblast_json safetensors scrub context)
set(programs ${tests})
list(TRANSFORM programs PREPEND test_)
list(JOIN programs " " programs)
list(JOIN tests "|" tests)
if(CTEST_SCRIPT_ARG) # it names tests, and no program
  set(tests ${CTEST_SCRIPT_ARG})
  set(programs all)
endif()
cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)

ctest_start(Experimental)
ctest_configure(OPTIONS "-DCMAKE_BUILD_TYPE=Debug;-DCMAKE_C_FLAGS_DEBUG=-g -O1"
                RETURN_VALUE failed)
if(NOT failed)
  ctest_build(PARALLEL_LEVEL ${cores} FLAGS ${programs} RETURN_VALUE failed)
endif()
if(NOT failed)
  # Without a test, all tests pass.
  execute_process(
    COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${CTEST_BINARY_DIRECTORY} -N -R
            "^(${tests})$" OUTPUT_VARIABLE there)
  string(REGEX MATCHALL "Test +#" there "${there}")
  string(REGEX MATCHALL "[^|]+" wanted "${tests}")
  list(LENGTH there there)
  list(LENGTH wanted wanted)
  if(there LESS wanted)
    message(FATAL_ERROR "of ${wanted} tests only ${there} are there")
  endif()
  file(MAKE_DIRECTORY $ENV{POCL_CACHE_DIR})
  ctest_memcheck(INCLUDE "^(${tests})$" PARALLEL_LEVEL ${cores}
                 RETURN_VALUE failed)
endif()
if(failed)
  message(FATAL_ERROR "failed: see ${CTEST_BINARY_DIRECTORY}/Testing/Temporary")
endif()
