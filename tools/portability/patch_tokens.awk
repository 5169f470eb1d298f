# What the disassembler of ocloc says about a program: whether a function is
# unresolved, then the SIMD width, scratch memory and local memory of `kernel`.
#
# A function that is only declared is no error to the compiler: the program gets
# a symbol table in the guise of a second kernel. Token 15 is for local memory,
# token 18 for the scratch memory of a thread, which spilled registers and some
# arrays take, token 38 for the memory of a work-item's other arrays, token 23
# for how to run the kernel; numbers follow as hexadecimal bytes.
function digit(d) { return index("123456789abcdef", d) }

function byte(text) {
  if (length(text) == 1) return digit(text)
  return 16 * digit(substr(text, 1, 1)) + digit(substr(text, 2, 1))
}

function number(i, at) {
  at = 4 * i + 2 # behind the word Hex
  return byte($at) + 256 * byte($(at + 1)) + 65536 * byte($(at + 2))
}

$1 == "KernelName" && $2 != kernel { unresolved = 1 }
$2 == "Token" { token = $3 }
$1 == "Hex" && token == 15 { local_memory = number(1) }
$1 == "Hex" && token == 18 { scratch = number(1) }
$1 == "Hex" && token == 38 { arrays = number(3) }
$1 == "Hex" && token == 23 { width = number(3) }
END { print unresolved + 0, width + 0, scratch + width * arrays, local_memory + 0 }
