# Time against tokens, a panel for each operator. From plot.sh: bench, anchors
# (or ''), hidden, operators.
count = words(operators)
columns = count < 4 ? count : 4
rows = (count + columns - 1) / columns

set terminal svg size 320 * columns, 300 * rows + 60 dynamic font 'sans,11'
set datafile separator comma
set datafile columnheaders
set datafile missing NaN # other panels' rows don't break this one's lines
set logscale xy
set format y '%g'
set xtics ('1' 1, '16' 16, '128' 128, '512' 512, '2k' 2048, '8k' 8192)
set xlabel 'tokens'
set ylabel 'µs'
set grid
set key off

set style line 1 lc rgb '#0060b0' lw 2 pt 7 ps 0.5       # clinfer
set style line 2 lc rgb '#d06000' lw 1.5 pt 5 ps 0.5     # PyTorch
set style line 3 lc rgb '#208040' lw 1.5 pt 9 ps 0.5     # DeepSpeed
set style line 4 lc rgb '#808080' lw 1.5                 # a copy

mine(operator) = strcol('operator') eq operator && column('hidden') == hidden
us(operator, name) = mine(operator) ? column(name) : NaN

set multiplot layout rows, columns \
  margins 0.07, 0.98, 0.18 / rows, 1 - 0.2 / rows \
  spacing 0.07, 0.36 / rows \
  title sprintf('hidden %d; dashed: cold caches, solid: back to back', hidden)
do for [i = 1:count] {
  operator = word(operators, i)
  set title operator noenhanced
  if (i == 1) { set key bottom right reverse Left samplen 2 } \
  else { set key off }
  if (anchors eq '') {
    plot bench using 'tokens':(us(operator, 'copy_us')) w l ls 4 t 'copy', \
      '' using 'tokens':(us(operator, 'cold_us')) w lp ls 1 dt 2 t 'clinfer', \
      '' using 'tokens':(us(operator, 'warm_us')) w lp ls 1 not
  } else {
    plot bench using 'tokens':(us(operator, 'copy_us')) w l ls 4 t 'copy', \
      anchors using 'tokens':(us(operator, 'deepspeed_triton_us')) \
        w lp ls 3 dt 2 not, \
      '' using 'tokens':(us(operator, 'deepspeed_triton_cudagraph_us')) \
        w lp ls 3 t 'DeepSpeed Triton', \
      '' using 'tokens':(us(operator, 'torch_eager_us')) w lp ls 2 dt 2 not, \
      '' using 'tokens':(us(operator, 'torch_cudagraph_us')) \
        w lp ls 2 t 'PyTorch', \
      bench using 'tokens':(us(operator, 'cold_us')) w lp ls 1 dt 2 not, \
      '' using 'tokens':(us(operator, 'warm_us')) w lp ls 1 t 'clinfer'
  }
}
unset multiplot
