# Lines for people and programs alike, separated by tabs:
#
#   run   target  kernel, or - for all  variants run, or tests passed  outcome
#   cell  target  kernel  ok or what is wrong  variants  of them wrong
#         most registers  variants that spill  most bytes spilled  local memory
#
# from those of run.sh, and of compile.sh for each variant.
BEGIN { OFS = "\t"; sort = "sort" }

$1 == "run" { print }

function most(list, key, value) {
  if (!(key in list) || value + 0 > list[key] + 0) list[key] = value
}

$1 == "variant" {
  key = $2 OFS $3
  count[key]++
  if (!(key in outcome)) outcome[key] = "ok"
  if ($4 != "ok") {
    outcome[key] = $4
    wrong[key]++
    next
  }
  most(registers, key, $5)
  most(spilled, key, $6)
  most(local_memory, key, $7)
  if ($6 > 0) spilling[key]++
}

END {
  for (key in count)
    print "cell", key, outcome[key], count[key], wrong[key] + 0,
      registers[key], spilling[key] + 0, spilled[key], local_memory[key] | sort
}
