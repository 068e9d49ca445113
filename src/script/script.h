/* Scripts: the commands of a .control block, as ngspice's batch mode runs them.
 *
 *     op  dc  tf  run                              analyses, each a new plot: op1, dc1, op2
 *     print [col] expressions  echo words          to the listing, or > file, >> file
 *     write file [expressions]  wrdata file expressions
 *     let x = expression  meas dc ..  set name = value  unset name  strcmp name a b
 *     alter element = value  alter @element[parameter] = value  altermod model parameter = value
 *     alterparam name = value  reset
 *     foreach name values .. end  while condition .. end  dowhile condition .. end  repeat n .. end
 *     if condition .. else .. end  break  continue  quit [code]  exit [code]
 *     save vectors  display  setplot [name]  destroy [all]  listing  show elements
 *
 * $name stands for a variable of `set` or `foreach`, $&name for the value of a vector. Files are made in the working
 * directory only, whole or not at all. Nothing runs another program: `shell`, `!` and backquotes are errors. The first
 * error ends the script. */
#ifndef OPSPICE_SCRIPT_H
#define OPSPICE_SCRIPT_H

#include "analysis/session.h"
#include "write/output.h"
#include <stdio.h>

struct script_outcome {
    bool quits;    /* by quit or exit: what else the netlist asks for is not run */
    int exit_code; /* that they gave */
};

/* What the scripts of a session have made and changed; it lives as long as the session. */
struct script;

/* NULL when memory is out. */
struct script *script_new(struct session *session);

/* Run the .control blocks of the session's netlist. What they print goes to out; output says how files are headed (its
 * circuit, op, requests and results are not looked at). Mistakes and failures go to the diagnostics; those of files
 * too. A further run begins without variables and vectors; what was altered stays so until `reset`. False when memory
 * is out. */
bool script_run(struct script *script, const struct output *output, FILE *out, struct diagnostics *diagnostics,
                struct script_outcome *outcome);

/* NULL is allowed. */
void script_free(struct script *script);

#endif
