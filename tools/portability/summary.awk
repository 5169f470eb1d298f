# Lines for people and programs alike, separated by tabs:
#
#   run   target  kernel or -  variants run  outcome
#   cell  target  kernel  ok or what is wrong  variants  of them wrong
#         most registers  variants that spill  most bytes spilled  local memory
#
# from those of run.sh, and of compile.sh for each variant.
BEGIN { OFS = "\t"; sort = "sort" }
FILENAME ~ /runs.tsv$/ { print "run", $0; next }

function most(list, key, value) {
  if (!(key in list) || value + 0 > list[key] + 0) list[key] = value
}

{
  key = $1 OFS $2
  count[key]++
  if (!(key in outcome)) outcome[key] = "ok"
  if ($3 != "ok") {
    outcome[key] = $3
    wrong[key]++
    next
  }
  most(registers, key, $4)
  most(spilled, key, $5)
  most(local_memory, key, $6)
  if ($5 > 0) spilling[key]++
}

END {
  for (key in count)
    print "cell", key, outcome[key], count[key], wrong[key] + 0,
      registers[key], spilling[key] + 0, spilled[key], local_memory[key] | sort
}
