# consumer/ is a user's project. It is built twice: against an installed ramie, and with ramie as a folder inside it.
function(ramie_add_consumer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "OPTIONS;BUILD")
  add_test(NAME build_package_${name}
           COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${CMAKE_CURRENT_SOURCE_DIR}/consumer
                   ${CMAKE_CURRENT_BINARY_DIR}/package_${name} --build-generator ${CMAKE_GENERATOR} --build-noclean
                   --build-options -DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                   -DCMAKE_CXX_FLAGS=${CMAKE_CXX_FLAGS} ${arg_OPTIONS} --build-target ${arg_BUILD})
  set_tests_properties(build_package_${name} PROPERTIES TIMEOUT 300 LABELS "build;package")
endfunction()

set(prefix ${CMAKE_CURRENT_BINARY_DIR}/prefix)
add_test(NAME build_package_install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
set_tests_properties(build_package_install PROPERTIES FIXTURES_SETUP installed TIMEOUT 60 LABELS "build;package")
ramie_add_consumer(installed OPTIONS -DCMAKE_PREFIX_PATH=${prefix} BUILD consumer --test-command consumer)
set_tests_properties(build_package_installed PROPERTIES FIXTURES_REQUIRED installed)

# Inside the other project only its own file is compiled here: ramie's files would take as long again.
ramie_add_consumer(subdirectory OPTIONS -DRAMIE_SOURCE_DIR=${PROJECT_SOURCE_DIR} -DRAMIE_DATA=${RAMIE_DATA}
                   -DRAMIE_TRAIN=${RAMIE_TRAIN} BUILD CMakeFiles/consumer.dir/main.cpp.o)
