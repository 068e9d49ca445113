# Each node of the example netlists, with ideal and with silicon diodes.
set terminal svg size 720,480
set output 'diodes.svg'
set xlabel 'voltage with ideal diodes, V'
set ylabel 'difference with silicon diodes, V'
set grid
set key off
plot 'diodes.dat' using 2:($3-$2):1 with points pt 7 ps 0.6 lc variable
