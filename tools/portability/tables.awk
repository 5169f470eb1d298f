# The tables of docs/portability.md, of what summary.awk prints.
BEGIN {
  split("pocl rusticl intel-cpu oclgrind nvidia", running, " ")
  split("spirv skl tgllp dg2 pvc", intel, " ")
  split("gfx906 gfx90a gfx942 gfx1030 gfx1100 gfx1200", amd, " ")
  split("sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120", nvidia, " ")
}

$1 == "run" && $3 ~ /^skipped/ { skipped[$2] = substr($3, 10); next }
$1 == "run" && $3 == "-" { tests[$2] = $4; outcome[$2] = $5; device[$2] = $6 }
$1 == "run" && $3 != "-" { kernels[$3]; cell[$2, $3] = $4 }

# Registers, or how many variants; then what is wrong or spills.
function figures(text) {
  if ($6 > 0) return "**" $6 " of " $5 ": " $4 "**"
  text = $7 == "-" ? $5 : $7
  if ($8 > 0) text = text ", " $8 " of " $5 " spill " $9
  return text
}

$1 == "cell" {
  kernels[$3]
  cell[$2, $3] = figures()
  total += $5
  wrong += $6
  spilling += $8
  if ($5 > variants[family($2), $3]) variants[family($2), $3] = $5
  if ($10 > local_memory[family($2), $3]) local_memory[family($2), $3] = $10
}

function family(target) {
  return target ~ /^sm_/ ? "nvidia" : target ~ /^gfx/ ? "amd" : "intel"
}

function sorted(list, name, n, i, j) {
  for (name in kernels) {
    for (i = ++n; i > 1 && list[i - 1] > name; i--) list[i] = list[i - 1]
    list[i] = name
  }
  return n
}

function has_cell(kernel, targets, i) {
  for (i in targets) if ((targets[i], kernel) in cell) return 1
  return 0
}

function table(title, of, targets, n, i, k, line) {
  line = of == "" ? "| kernel |" : "| kernel | variants | local bytes |"
  for (i = 1; i in targets; i++) line = line " " targets[i] " |"
  print "\n" title "\n\n" line
  gsub(/[^|]+/, "---", line)
  print line
  for (k = 1; k <= n; k++) {
    if (!has_cell(names[k], targets)) continue
    line = "| `" names[k] "` |"
    if (of != "")
      line = line " " variants[of, names[k]] + 0 " | " \
        local_memory[of, names[k]] + 0 " |"
    for (i = 1; i in targets; i++)
      line = line " " cell[targets[i], names[k]] " |"
    print line
  }
}

END {
  n = sorted(names)
  print "\n| implementation | device | tests passed | outcome |"
  print "|---|---|---|---|"
  for (i = 1; i in running; i++) {
    t = running[i]
    if (t in skipped) print "| " t " | skipped: " skipped[t] " | | |"
    else if (t in tests)
      print "| " t " | " device[t] " | " tests[t] " | " outcome[t] " |"
  }
  table("Kernels run, and in how many variants:", "", running, n)
  print "\nCompiled: " total + 0 " variants; " wrong + 0 " fail, " \
    spilling + 0 " spill."
  table("Variants that are valid SPIR-V 1.0, and Intel GPUs: the SIMD width.",
    "intel", intel, n)
  table("AMD: the most VGPRs of any variant.", "amd", amd, n)
  table("NVIDIA: the most registers of any variant.", "nvidia", nvidia, n)
  for (t in skipped)
    if (t !~ /^(pocl|rusticl|intel-cpu|oclgrind|nvidia)$/)
      print "\nSkipped: " t ", " skipped[t] "."
}
