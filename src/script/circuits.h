/* The circuits of a script: how they come and go, and what is changed about the current one. */
#ifndef OPSPICE_SCRIPT_CIRCUITS_H
#define OPSPICE_SCRIPT_CIRCUITS_H

#include "analysis/card_values.h"
#include "script/state.h"

/* Let scripts have what its .csparam cards say. False when memory is out. */
bool circuits_take_parameters(struct script *script, struct session *session);

/* Keep a netlist that was wrong, which is taken over, for its messages; NULL is allowed. */
void circuits_keep_wrong(struct script *script, struct session *session);

/* Those that commands have read are gone, the others stay. */
void circuits_remove_sourced(struct script *script);

/* Build the current one anew with what has been altered. False: a diagnostic says why, or memory is out; it is as it
 * was then. */
bool circuits_rebuild(struct script *script);

/* The same where that is due. */
bool circuits_refresh(struct script *script);

/* Let a card be this one until the next reset, in its instance alone, and build the circuit of it. */
void circuits_change_card(struct script *script, const struct placed_card *placed, struct card card);

/* The circuit of the netlist, with its options. */
void circuits_reset(struct script *script);

/* Give analyses from now on an option: temp, tnom, gmin. False: it is none of these. */
bool circuits_set_option(struct script *script, const char *name, size_t length, double value);

#endif
