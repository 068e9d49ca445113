/* Deep resistive networks: layers of units joined by conductances, with ideal diodes at the hidden units, trained on
 * labelled images by equilibrium propagation (B. Scellier, ICML 2024).
 *
 *     opspice_drn *drn = opspice_drn_new();
 *     if (opspice_drn_set(drn, "model", "drn-xs") == OPSPICE_OK && opspice_drn_read(drn, "data/mnist") == OPSPICE_OK) {
 *         const opspice_drn_progress *at = opspice_drn_get_progress(drn);
 *         int status = opspice_drn_begin(drn);
 *         while (status == OPSPICE_OK && at->epoch < at->epochs)
 *             status = at->sample < at->samples ? opspice_drn_step(drn, 1) : opspice_drn_end_epoch(drn);
 *     }
 *     opspice_drn_free(drn);
 *
 * A handle holds one network, its data and its training; threads and units are as in opspice.h. Where a call fails,
 * opspice_drn_message says why. */
#ifndef OPSPICE_DRN_H
#define OPSPICE_DRN_H

#include "opspice.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Calls return an opspice_status; two of them have further names here. */
enum opspice_drn_status {
    OPSPICE_DATA = OPSPICE_NETLIST,                     /* data or a checkpoint are damaged or do not fit */
    OPSPICE_NO_EQUILIBRIUM = OPSPICE_NO_OPERATING_POINT /* none was found, or there is none */
};

typedef struct opspice_drn opspice_drn;

/* A new handle with the settings of drn-1h, or NULL when memory is out. */
opspice_drn *opspice_drn_new(void);

/* Free it; NULL is allowed. */
void opspice_drn_free(opspice_drn *drn);

/* Set an option; a model sets all of its own at once, so it comes first. After opspice_drn_begin or _resume only
 * epochs, threads and audit. OPSPICE_USAGE: not possible, nothing is changed.
 *   model        drn-xs, drn-1h, drn-2h, drn-3h, drn-xl
 *   layers       units of each layer, inputs (twice the pixels) first: 1568,100,10; convolutions and pools as
 *                opspice-train(1) has them: 28x28,conv:32:3:1:1,pool:2,10
 *   input-gain   volts of a white pixel beyond a black one
 *   input-offset volts of a black pixel; default 0
 *   iterations   of coordinate descent; two numbers: of the free phase, of the nudged ones
 *   tolerance    instead: until no unit moves by more than this part of the largest potential
 *   relaxation   above 1: units go beyond their best potentials by that factor, up to 1.95; default 1
 *   diode        of hidden units: ideal; exponential, which stands where that would; pair, one each way; table
 *   saturation-current, thermal-voltage, offset-voltage   of exponential diodes, A (1e-6), V (n kT/q; 0.05), V (0)
 *   diode-table  a file of volts and amperes, a line each, of the two-pole between excitatory units and ground
 *   diode-point  volts,amperes: one more point of that table
 *   beta         nudging, siemens
 *   lr, lr-bias  learning rates, one or one for each layer; biases have those of the conductances unless given
 *   decay        factor of the rates after each epoch; default 0.99
 *   optimiser    sgd (gradient descent) or adam
 *   momentum     of gradient descent; default 0
 *   adam         Adam's decays of its two moments, and epsilon; default 0.9,0.999,1e-8
 *   floor, ceiling  of the conductances, siemens; default 0, and 0: no ceiling
 *   levels       values that a conductance can have between them; default 0: any
 *   noise        standard deviation of each change of a conductance, over the change; default 0
 *   weight-gain  scale of the first conductances; default 1
 *   differential yes: behind hidden layers each weight is a pair of conductances, from the node and its negated copy
 *   outputs      as many as there are classes, the last of layers, or twice as many: nodes 2c and 2c + 1 are a pair,
 *                whose difference is the answer for class c
 *   amplifier    voltage gain from a hidden layer to the next, over which current goes back; default 1: there is none
 *   variant      centered, positive, negative
 *   gradient     ep (equilibrium propagation), coupled (coupled learning: beta is a part of the way to the target) or
 *                exact (the adjoint of the equilibrium)
 *   audit        samples at the end of each epoch, for opspice_drn_get_audit; default 0: none
 *   batch, epochs, seed, shuffle (yes, no), threads (0: one for each processor) */
int opspice_drn_set(opspice_drn *drn, const char *option, const char *value);

/* Why the last call failed, as one line without its end; "" when it did not. */
const char *opspice_drn_message(const opspice_drn *drn);

/* Read a data set from a folder by its files' usual names: the four IDX files (train-images-idx3-ubyte ..., plain or
 * .gz; images of two dimensions, features alone, of three, or of four, with channels first), or CIFAR-10's or
 * CIFAR-100's binary ones. OPSPICE_DATA: missing, damaged, short, or they do not fit together. */
int opspice_drn_read(opspice_drn *drn, const char *folder);

/* Instead of opspice_drn_read: copy images from memory, those for training and, with is_test 1, those of the test.
 *   pixels [count][height][width] 0 ... 255
 *   labels [count] from 0
 * OPSPICE_DATA: none, or the two do not fit together; both have to be given anew then. */
int opspice_drn_take(opspice_drn *drn, int is_test, size_t count, size_t height, size_t width,
                     const unsigned char *pixels, const unsigned char *labels);

/* The same of images in colours, pixels[count][channels][height][width]. */
int opspice_drn_take_channels(opspice_drn *drn, int is_test, size_t count, size_t channels, size_t height, size_t width,
                              const unsigned char *pixels, const unsigned char *labels);

/* Make the network from its seed. OPSPICE_DATA: it does not fit the data. */
int opspice_drn_begin(opspice_drn *drn);

/* Instead of it: go on from a checkpoint, bit for bit, with its settings. OPSPICE_DATA: damaged, or of other data. */
int opspice_drn_resume(opspice_drn *drn, const char *path);

/* Write a checkpoint, between any two calls. The file appears whole or not at all. */
int opspice_drn_save(opspice_drn *drn, const char *path);

/* Learn from the next mini-batches: at most so many, up to the end of the epoch. OPSPICE_NO_EQUILIBRIUM: potentials
 * grew without bounds, or the nudging does. */
int opspice_drn_step(opspice_drn *drn, size_t batches);

/* After an epoch's last mini-batch: test, and go over to the next epoch. */
int opspice_drn_end_epoch(opspice_drn *drn);

/* Where the training is. Errors are parts of 1, costs means over the samples; those of the last epoch are 0 before its
 * end. */
typedef struct opspice_drn_progress {
    size_t epoch, epochs;     /* done, and to do in all */
    size_t sample, samples;   /* of the epoch at hand: done, and in all */
    size_t errors;            /* wrong answers among those done */
    double cost;              /* their sum of (v - target)^2 / 2 */
    double seconds;           /* spent on them */
    size_t parameters;        /* conductances and biases */
    size_t tests;             /* images of the test */
    double train_error, train_cost, test_error, test_cost; /* of the last epoch */
    double epoch_seconds;     /* it took, its test included */
} opspice_drn_progress;

/* Lives as long as the handle and follows it. */
const opspice_drn_progress *opspice_drn_get_progress(const opspice_drn *drn);

/* Answer all test images: how many are wrong, and the mean cost. */
int opspice_drn_test(opspice_drn *drn, size_t *errors, double *cost);

/* The same, and what the outputs were for each: volts[tests][units of the last layer]. */
int opspice_drn_answers(opspice_drn *drn, float *volts);

/* The numbers of each epoch so far, from 0: train_error and test_error, parts of 1; train_cost and test_cost, means;
 * seconds. NULL: no such number. It lives until the next call that ends an epoch. */
const opspice_vector *opspice_drn_get_vector(opspice_drn *drn, size_t number);

/* How many layers are free, 1 ... layers, behind the inputs, layer 0; and how many units one has. 0: no network yet, or
 * no such layer. */
size_t opspice_drn_layers(const opspice_drn *drn);
size_t opspice_drn_units(const opspice_drn *drn, size_t layer);

/* How many trained conductances lie between the layer below and this one, and how many biases this one has. Units:
 * (units below) x (units here), and units here. The places of a convolution share theirs: kernel x kernel x (channels
 * below) x channels, and channels. A pool has none. Differential pairs are twice as many. 0: no network yet, or no such
 * layer. */
size_t opspice_drn_conductances(const opspice_drn *drn, size_t layer);
size_t opspice_drn_biases(const opspice_drn *drn, size_t layer);

/* Conductances between the layer below and this one, siemens[units below][units here] (inputs in the order of all +x,
 * then all -x), of a convolution [kernel][kernel][channels below][channels] (of inputs all +x, then all -x), and
 * currents into its units, amperes[units here] or [channels]. With differential pairs all rows of the nodes come before
 * those of their negated copies. They may be changed between any two calls.
 * OPSPICE_USAGE: no network yet, no such layer, a conductance below 0, or what is not finite; nothing is changed
 * then. */
int opspice_drn_get_weights(opspice_drn *drn, size_t layer, float *siemens);
int opspice_drn_get_biases(opspice_drn *drn, size_t layer, float *amperes);
int opspice_drn_set_weights(opspice_drn *drn, size_t layer, const float *siemens);
int opspice_drn_set_biases(opspice_drn *drn, size_t layer, const float *amperes);

/* Two gradients of the same parameters: their cosine; the norm of their difference over that of the second. */
typedef struct opspice_drn_match {
    double cosine, error;
} opspice_drn_match;

/* Gradients of the first mini-batch by the rule of training (`gradient`) as it is set, by the adjoint, and by finite
 * differences. */
typedef struct opspice_drn_gradient {
    size_t layer;             /* from 1 */
    int bias;                 /* 1: the biases; 0: the conductances below it */
    size_t parameters, tried; /* tried: by finite differences, drawn at random */
    opspice_drn_match ep_adjoint, ep_difference, adjoint_difference; /* ep_: of the rule */
    const char *rule;         /* "ep", "coupled" or "exact"; static */
} opspice_drn_gradient;

/* Compute them in double precision: *rows points to *count of them, until the next call. */
int opspice_drn_check_gradient(opspice_drn *drn, const opspice_drn_gradient **rows, size_t *count);

/* How good the gradient is that training follows, of a layer's conductances or biases: as training finds it (single
 * precision, its iterations, its beta) against the exact one at equilibria in double precision, on some mini-batches
 * taken together as one vector. error: the norm of their difference, over that of the exact one; the four behind it:
 * what causes add to it one after another, each as such a norm. Not a number where an equilibrium was not reached. */
typedef struct opspice_drn_audit_row {
    size_t layer; /* from 1 */
    int bias;     /* 1: the biases; 0: the conductances below it */
    size_t parameters;
    double cosine, norm_ratio, error;
    double rule;       /* the learning rule, under ever smaller nudging, follows another gradient */
    double nudging;    /* beta is not small */
    double iterations; /* states are not at their equilibria */
    double precision;  /* single */
} opspice_drn_audit_row;

/* Audit now, on the epoch's first mini-batches up to that of so many samples; nothing of the training changes. *rows
 * points to *count of them, until the next call. */
int opspice_drn_audit(opspice_drn *drn, size_t samples, const opspice_drn_audit_row **rows, size_t *count);

/* The audit of an epoch, from 1, that was made with the option `audit`; *count is 0 where none was. OPSPICE_USAGE: it
 * was not done yet. */
int opspice_drn_get_audit(opspice_drn *drn, size_t epoch, const opspice_drn_audit_row **rows, size_t *count);

/* Write the network with one image of the test, counted from 0, as a netlist. The file appears whole or not at all. */
int opspice_drn_export(opspice_drn *drn, const char *path, size_t sample);

/* Write the epochs so far as a table (CSV). The file appears whole or not at all. */
int opspice_drn_write_log(opspice_drn *drn, const char *path);

/* Write a script for gnuplot that draws error curves and the first layer's conductances into the file `svg`. */
int opspice_drn_write_plot(opspice_drn *drn, const char *path, const char *svg);

#ifdef __cplusplus
}
#endif
#endif
