# Writes OUTPUT, a C file that defines ci_embedded_files (src/source.h): the bytes of
# each of FILES, ended by a 0 that its size leaves out.
string(REPEAT "." 32 line) # sixteen bytes
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  get_filename_component(name ${file} NAME)
  file(SIZE ${file} size)
  string(APPEND arrays
         "static const unsigned char text_${count}[] = {\n${bytes}0x00};\n\n")
  string(APPEND rows
         "    {\"${name}\", (const char *)text_${count}, ${size}},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "#include \"source.h\"

${arrays}const struct ci_embedded ci_embedded_files[] = {
${rows}};
const size_t ci_embedded_count = ${count};
")
