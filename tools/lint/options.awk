# options.awk - the options in a list of variants: for each kernel and option a
# line with all values of the option.
{
  for (i = 2; i <= NF; i++) {
    if (split(substr($i, 3), part, "=") != 2 || $i !~ /^-D/) continue
    name = $1 " " part[1]
    if (!((name, part[2]) in seen)) values[name] = values[name] " " part[2]
    seen[name, part[2]] = 1
  }
}
END {
  for (name in values) print name values[name]
}
