# A chapter of docs/autograd, or docs/data.md, as a C++ file: its ```cpp blocks, in order, are the body of one function, and those
# that are marked ```cpp top, and #includes, stand before it. With -v want=text: what the chapter says that they print.
/^```/ {
  block = block == "" ? substr($0, 4) : ""
  next
}
want == "text" {
  if (block == "text") print
  next
}
block ~ /^cpp/ && /^#include/ {
  includes = includes $0 "\n"
  next
}
block == "cpp top" { top = top $0 "\n" }
block == "cpp" { body = body $0 "\n" }
END {
  if (want == "text") exit
  print "#include <iostream>\n\n#include <ramie/ramie.h>\n" includes "\nnamespace " chapter " {\n\nusing namespace ramie;\n"
  printf "%s\nvoid run() {\n%s}\n\n}\n", top, body
}
