# How ramie's folders become libraries, headers and a package.
include(CMakePackageConfigHelpers)

set(RAMIE_FOLDERS tensor autograd nn optim data train)

# ramie_program_option(NAME "help" packages...): an option that is on where ramie is the top project and the
# packages are installed.
function(ramie_program_option name help)
  set(default ${PROJECT_IS_TOP_LEVEL})
  if(default AND NOT DEFINED CACHE{${name}})
    foreach(package IN LISTS ARGN)
      find_package(${package} QUIET)
      if(NOT ${package}_FOUND)
        message(STATUS "${name} is off: ${package} is not installed")
        set(default OFF)
      endif()
    endforeach()
  endif()
  option(${name} "${help}" ${default})
endfunction()

# Links the folders as build/include/ramie/<folder>, so that the tree, a subproject and an installed ramie share one
# spelling: #include <ramie/nn/conv.h>. All build folders share the links, and so they share ccache's results.
function(ramie_link_includes)
  set(include ${RAMIE_INCLUDE_DIR}/ramie)
  file(MAKE_DIRECTORY ${include})
  foreach(name IN LISTS RAMIE_FOLDERS ITEMS ramie.h)
    file(REAL_PATH ${PROJECT_SOURCE_DIR}/${name} source)
    file(REAL_PATH ${include}/${name} linked)
    if(NOT linked STREQUAL source)  # not yet, or from a copy of the project elsewhere
      file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${name} ${include}/${name} SYMBOLIC COPY_ON_ERROR)
    endif()
  endforeach()
endfunction()

# Writes ramie/ops.h, which includes every public op: an op is in it as soon as its header is in autograd/ops.
# Headers named <stem>_rules.h are for that folder's own files.
function(ramie_write_ops_header)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} autograd/ops/*.h)
  list(FILTER headers EXCLUDE REGEX "_rules\\.h$")
  list(TRANSFORM headers REPLACE "(.+)" "#include <ramie/\\1>\n")
  string(CONCAT text "// Every differentiable op. Written by CMake.\n#pragma once\n\n" ${headers})
  file(CONFIGURE OUTPUT ${RAMIE_INCLUDE_DIR}/ramie/ops.h CONTENT "${text}" @ONLY)
endfunction()

# ramie_library(folder LINK ...): a library (shared with BUILD_SHARED_LIBS) of every .cpp below the folder, as ramie::<folder>.
function(ramie_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" LINK)
  set(name ramie_${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/cuda/")
  if(NOT sources)  # headers only
    add_library(${name} INTERFACE)
    list(REMOVE_ITEM arg_LINK PUBLIC PRIVATE)
    target_link_libraries(${name} INTERFACE ${arg_LINK})
    ramie_describe(${folder} INTERFACE)
    return()
  endif()
  add_library(${name} ${sources})
  target_link_libraries(${name} ${arg_LINK} PRIVATE $<BUILD_INTERFACE:ramie_flags>)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  ramie_describe(${folder} PUBLIC)
endfunction()

# What all of ramie's libraries share: alias, language, include folder, place in the package.
function(ramie_describe folder scope)
  add_library(ramie::${folder} ALIAS ramie_${folder})
  set_target_properties(ramie_${folder} PROPERTIES EXPORT_NAME ${folder} CXX_EXTENSIONS OFF)
  target_compile_features(ramie_${folder} ${scope} cxx_std_20)
  target_include_directories(ramie_${folder} ${scope} $<BUILD_INTERFACE:${RAMIE_INCLUDE_DIR}>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  install(TARGETS ramie_${folder} EXPORT ramie)
  set_property(GLOBAL APPEND PROPERTY RAMIE_LIBRARIES ramie_${folder})
endfunction()

# ramie::ramie is everything that is built, for #include <ramie/ramie.h>.
function(ramie_umbrella)
  get_property(libraries GLOBAL PROPERTY RAMIE_LIBRARIES)
  add_library(ramie_ramie INTERFACE)
  target_link_libraries(ramie_ramie INTERFACE ${libraries})
  ramie_describe(ramie INTERFACE)
endfunction()

# Headers, libraries and a package for find_package(ramie).
function(ramie_install)
  set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ramie)
  foreach(folder IN LISTS RAMIE_FOLDERS)
    if(TARGET ramie_${folder})
      install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ramie FILES_MATCHING PATTERN *.h)
    endif()
  endforeach()
  install(FILES ramie.h ${RAMIE_INCLUDE_DIR}/ramie/ops.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ramie)
  install(EXPORT ramie NAMESPACE ramie:: FILE ramie-targets.cmake DESTINATION ${package})
  configure_package_config_file(cmake/ramie-config.cmake.in ramie-config.cmake INSTALL_DESTINATION ${package})
  write_basic_package_version_file(ramie-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/ramie-config.cmake ${PROJECT_BINARY_DIR}/ramie-config-version.cmake
                ${PROJECT_SOURCE_DIR}/cmake/FindOpenBLAS.cmake
          DESTINATION ${package})
endfunction()
