# Programs in documents: a ```cpp block is compiled, and must print the ```text block that follows it. Of a document those that have
# names here, from its beginning.
function(ramie_document_block text language file)
  string(REGEX MATCH "```${language}\n([^`]*)```" block "${text}")
  file(CONFIGURE OUTPUT ${file} CONTENT "${CMAKE_MATCH_1}" @ONLY)
endfunction()

function(ramie_document_test document)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${document})
  file(READ ${document} text)
  foreach(name IN LISTS ARGN)
    ramie_document_block("${text}" cpp ${name}.cpp)
    ramie_document_block("${text}" text ${name}.txt)
    add_executable(${name} ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE ramie::ramie ramie_program_flags)
    ramie_add_house_test(${name}_program ${BASH} -c
                         "diff <($<TARGET_FILE:${name}>) ${CMAKE_CURRENT_BINARY_DIR}/${name}.txt")
    string(FIND "${text}" "```text" begin)
    math(EXPR behind "${begin} + 7")
    string(SUBSTRING "${text}" ${behind} -1 text)
  endforeach()
endfunction()

ramie_document_test(${PROJECT_SOURCE_DIR}/README.md readme readme_training)
ramie_document_test(${PROJECT_SOURCE_DIR}/docs/jit.md jit_document)
ramie_add_house_test(readme_commands ${BASH} ${CMAKE_CURRENT_SOURCE_DIR}/readme_commands.sh ${PROJECT_SOURCE_DIR})
