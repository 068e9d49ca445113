/* The layers of a network as an option's text: 1568,1024,10 or 28x28,conv:32:3:1:1,pool:2,conv:64:3,pool:2,10.
 *
 *   N                                        N units, each joined to all units below; first: N inputs, which are each
 *                                            pixel's x and -x
 *   HEIGHTxWIDTH[xCHANNELS]                  first alone: an image, whose channels enter as x and -x
 *   conv:CHANNELS:KERNEL[:STRIDE[:PADDING]]  units at places of an image, joined to the units of a window of KERNEL x
 *                                            KERNEL places below by conductances that all places share; around the
 *                                            image lies a rim of PADDING nodes at 0 V
 *   pool:SIZE[:STRIDE[:SIEMENS]]             a node for each channel and window, joined by fixed resistors to the
 *                                            channel's units there: it settles at their mean, less what its load draws
 * Defaults: a stride of 1 and no padding; a pool's stride is its size, its resistors are 1 S. A window that does not
 * fit whole is left out. Source of conv and pool as resistors: Osana et al. 2026; of the rest Scellier 2024. */
#ifndef OPSPICE_DRN_LAYERS_H
#define OPSPICE_DRN_LAYERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { DRN_LAYERS = 16 };

enum drn_kind { DRN_DENSE, DRN_CONVOLUTION, DRN_POOLING };

/* A layer, and how it is joined to the one below. */
struct drn_shape {
    enum drn_kind kind;
    size_t height, width, channels; /* 0: units in a row, no image. Of the inputs: channels before they are doubled */
    size_t kernel, stride, padding; /* of windows */
    double conductance;             /* of a pool's resistors, S */
};

struct drn_stack {
    size_t layers; /* behind the inputs, layer 0: 1 ... DRN_LAYERS */
    size_t units[DRN_LAYERS + 1];
    struct drn_shape shape[DRN_LAYERS + 1];
};

/* Branches between layers k - 1 and k, each a product of an iteration. */
uint64_t drn_stack_branches(const struct drn_stack *stack, size_t k);

/* Conductances between them that are trained. */
uint64_t drn_stack_conductances(const struct drn_stack *stack, size_t k);

/* NULL when done; else what is wrong, as the end of a sentence that begins with "layers", in rule[size] or a constant;
 * *stack is then undefined. */
const char *drn_stack_read(struct drn_stack *stack, const char *text, char *rule, size_t size);

/* The text that it reads back exactly. */
void drn_stack_write(const struct drn_stack *stack, FILE *file);

#endif
