# The rate of `linear`, hidden x hidden, against tokens: a panel for each hidden
# size, a line for each provider. From plot.sh: files, anchors, sizes.
set terminal svg size 380 * words(sizes), 380 dynamic font 'sans,11'
set datafile separator comma
set datafile columnheaders
set datafile missing NaN # other panels' rows don't break this one's lines
set logscale xy
set format y '%g'
set xtics ('1' 1, '16' 16, '128' 128, '512' 512, '2k' 2048, '8k' 8192)
set xlabel 'tokens'
set ylabel 'TFLOP/s'
set grid
set key off

# The warm rate of rows of this panel.
flops(hidden) = 2.0 * column('tokens') * hidden * hidden
mine(hidden) = strcol('operator') eq 'linear' && column('hidden') == hidden
rate(hidden, name) = mine(hidden) ? flops(hidden) / column(name) / 1e6 : NaN
provider(file) = system("basename '" . file . "' .csv | sed 's/.*-//'")

set multiplot layout 1, words(sizes) title 'linear, back to back'
do for [i = 1:words(sizes)] {
  hidden = int(word(sizes, i))
  set title sprintf('hidden %d', hidden)
  if (i == 1) { set key top left reverse Left samplen 2 noenhanced } \
  else { set key off }
  plot for [f in files] f using 'tokens':(rate(hidden, 'warm_us')) \
      w lp lw 2 pt 7 ps 0.5 t provider(f), \
    anchors using 'tokens':(rate(hidden, 'torch_cudagraph_us')) \
      w lp lc rgb '#d06000' dt 2 pt 5 ps 0.5 t 'PyTorch', \
    '' using 'tokens':(rate(hidden, 'deepspeed_triton_cudagraph_us')) \
      w lp lc rgb '#208040' dt 2 pt 9 ps 0.5 t 'DeepSpeed Triton'
}
unset multiplot
