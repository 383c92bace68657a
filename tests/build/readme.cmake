# The first ```cpp block of a document is compiled, and must print the ```text block that follows it.
function(ramie_document_block text language file)
  string(REGEX MATCH "```${language}\n([^`]*)```" block "${text}")
  file(CONFIGURE OUTPUT ${file} CONTENT "${CMAKE_MATCH_1}" @ONLY)
endfunction()

function(ramie_document_test name document)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
  file(READ ${document} text)
  ramie_document_block("${text}" cpp ${name}.cpp)
  ramie_document_block("${text}" text ${name}.txt)
  add_executable(${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE ramie::ramie ramie_program_flags)
  ramie_add_house_test(${name}_program ${BASH} -c
                       "diff <($<TARGET_FILE:${name}>) ${CMAKE_CURRENT_BINARY_DIR}/${name}.txt")
endfunction()

ramie_document_test(readme ${PROJECT_SOURCE_DIR}/README.md)
ramie_document_test(jit_document ${PROJECT_SOURCE_DIR}/docs/jit.md)
ramie_add_house_test(readme_commands ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/readme_commands.sh ${PROJECT_SOURCE_DIR})
