# Writes OUTPUT, a C file that defines ci_embedded_files (src/program/source.h): the bytes of
# each of FILES, ended by a 0 that its size leaves out. A file in the folder
# KERNELS is known by its path there, another one by its name.
string(REPEAT "." 32 line) # sixteen bytes
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  cmake_path(IS_PREFIX KERNELS ${file} is_kernel)
  cmake_path(GET file FILENAME name)
  if(is_kernel)
    file(RELATIVE_PATH name ${KERNELS} ${file})
  endif()
  file(SIZE ${file} size)
  string(APPEND arrays
         "static const unsigned char text_${count}[] = {\n${bytes}0x00};\n\n")
  string(APPEND rows
         "    {\"${name}\", (const char *)text_${count}, ${size}},\n")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "#include \"program/source.h\"

${arrays}const struct ci_embedded ci_embedded_files[] = {
${rows}};
const size_t ci_embedded_count = ${count};
")
