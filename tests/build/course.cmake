# The course in docs/autograd, and the pages of docs/ named below: every ```cpp block is compiled and run, and must print the ```text blocks. The blocks
# of a chapter are one program; all chapters are one binary, and each is a test.
find_program(AWK awk REQUIRED)
set(course ${CMAKE_CURRENT_SOURCE_DIR}/course.awk)
set(sources "")
set(declarations "")
set(calls "")
file(GLOB chapters CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/autograd/*.md)
foreach(page data modules training)
  list(APPEND chapters ${PROJECT_SOURCE_DIR}/docs/${page}.md)
endforeach()
foreach(chapter IN LISTS chapters)
  cmake_path(GET chapter STEM stem)
  string(MAKE_C_IDENTIFIER "chapter_${stem}" name)
  set(file ${CMAKE_CURRENT_BINARY_DIR}/chapters/${name})
  add_custom_command(OUTPUT ${file}.cpp ${file}.txt DEPENDS ${chapter} ${course}
                     COMMAND ${AWK} -v chapter=${name} -f ${course} ${chapter} > ${file}.cpp
                     COMMAND ${AWK} -v want=text -f ${course} ${chapter} > ${file}.txt)
  list(APPEND sources ${file}.cpp)
  string(APPEND declarations "namespace ${name} {\nvoid run();\n}\n")
  string(APPEND calls "  if (chapter == \"${name}\") return ${name}::run(), 0;\n")
  ramie_add_house_test(course_${stem} ${BASH} -c "cd ${CMAKE_CURRENT_BINARY_DIR}/chapters && diff <($<TARGET_FILE:course> ${name}) ${file}.txt")
endforeach()
file(CONFIGURE OUTPUT chapters/main.cpp @ONLY CONTENT
     "#include <string>\n@declarations@int main(int, char** arguments) {\n  const std::string chapter = arguments[1];\n@calls@  return 1;\n}\n")
add_executable(course ${CMAKE_CURRENT_BINARY_DIR}/chapters/main.cpp ${sources})
target_link_libraries(course PRIVATE ramie::ramie ramie_program_flags)
