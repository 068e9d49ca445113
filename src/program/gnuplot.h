/* Drawing with gnuplot: the picture is drawn beside its place and then put there, whole or not at all. */
#ifndef OPSPICE_GNUPLOT_H
#define OPSPICE_GNUPLOT_H

struct gnuplot {
    const char *path; /* of the picture at the end, .svg or .png */
    char *script;     /* path of what gnuplot is to do; the caller writes it */
    char *picture;    /* path that it is to draw into */
};

/* Name both, and make the picture's file, since gnuplot would not say why it cannot. path has to outlive *plot. Returns
 * OPSPICE_OK, or OPSPICE_SYSTEM after a message. After either, gnuplot_end. */
int gnuplot_begin(struct gnuplot *plot, const char *path);

/* Run gnuplot on the script, and put the picture in its place. Returns OPSPICE_OK, or
 * OPSPICE_SYSTEM after a message. */
int gnuplot_draw(struct gnuplot *plot);

/* Remove what is not in its place. */
void gnuplot_end(struct gnuplot *plot);

#endif
