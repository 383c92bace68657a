# The first ```cpp block of README.md is compiled, and must print the ```text block that follows it.
set(readme ${PROJECT_SOURCE_DIR}/README.md)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${readme})
file(READ ${readme} text)

function(ramie_readme_block language file)
  string(REGEX MATCH "```${language}\n([^`]*)```" block "${text}")
  file(CONFIGURE OUTPUT ${file} CONTENT "${CMAKE_MATCH_1}" @ONLY)
endfunction()

ramie_readme_block(cpp readme.cpp)
ramie_readme_block(text readme.txt)
add_executable(readme ${CMAKE_CURRENT_BINARY_DIR}/readme.cpp)
target_link_libraries(readme PRIVATE ramie::ramie ramie_program_flags)
ramie_add_house_test(readme_program ${BASH} -c "diff <($<TARGET_FILE:readme>) ${CMAKE_CURRENT_BINARY_DIR}/readme.txt")
ramie_add_house_test(readme_commands ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/readme_commands.sh ${PROJECT_SOURCE_DIR})
