/* The conductances of the inputs: nearly all of a network, read and written once a mini-batch.
 *
 * One pass over a panel of 32 columns moves the conductances by this batch's gradient (update.h), sums each column, and
 * multiplies with the next batch's inputs. With d = dv/dbeta of a unit and s its potential (trainer.h) the gradient is
 *     dC/dg_ij = mean over the batch of d_j (s_j - x_i) = c_j - u_ij,     u_ij = sum over the batch of x_i d_j / batch,
 * a constant down the column less a matrix of the batch's rank, which is 0 where a pixel is dark. */
#ifndef OPSPICE_DRN_INPUT_LAYER_H
#define OPSPICE_DRN_INPUT_LAYER_H

#include "drn/inputs.h"
#include "drn/network.h"

/* What a pass does: either half may be left out. */
struct input_pass {
    const struct drn_inputs *inputs; /* of the gradient; NULL: conductances stay as they are */
    const float *d, *s;              /* [groups * GROUP][stride[1]] 0 beyond the batch's samples */
    const struct drn_update *update; /* of the conductances */
    const struct drn_inputs *next; /* to multiply with; NULL: none */
    float *product;                /* [groups * GROUP][stride[1]] bias + sum x_i g_ij, A */
    bool backwards; /* from the last panel to the first: after a pass the other way, caches hold those; speed alone */
};

/* Do it to panels [from, to) of the network; the columns' sums go to network->below[1]. */
void input_layer_pass(struct drn_network *network, const struct input_pass *pass, size_t from, size_t to);

#endif
