/* The commands of a script. */
#ifndef OPSPICE_SCRIPT_COMMANDS_H
#define OPSPICE_SCRIPT_COMMANDS_H

#include "script/state.h"

typedef void command_handler(struct script *script, struct command command);

/* analyses.c */
command_handler command_op, command_dc, command_tf, command_sens, command_run, command_save, command_foreign;
/* vectors.c */
command_handler command_let, command_unlet, command_meas, command_compose, command_cross, command_reshape,
    command_transpose, command_setscale, command_settype;
/* files.c */
command_handler command_print, command_asciiplot, command_write, command_wrdata, command_echo, command_wrnodev;
/* load.c */
command_handler command_load;
/* source.c */
command_handler command_source;
/* changes.c */
command_handler command_alter, command_altermod, command_alterparam, command_reset;
/* lists.c */
command_handler command_display, command_setplot, command_destroy, command_listing, command_show, command_setcirc,
    command_remcirc;
/* models.c */
command_handler command_showmod;
/* variable_commands.c */
command_handler command_set, command_unset, command_strcmp, command_option, command_define, command_undefine,
    command_alias, command_unalias, command_setseed;
/* commands.c */
command_handler command_quit, command_version;

/* Is there a command of this name? */
bool commands_know(const char *name, size_t length);

/* Run the command of this name, with its output where `>` sends it. */
void script_run_command(struct script *script, const char *name, size_t length, struct command command);

/* Run lines that have been read, whose mistakes are said first, where no more errors than these have been made then.
 * False when memory is out. */
bool script_run_lines(struct script *script, struct lines *lines, size_t errors);

/* The same of a circuit's blocks; it stays as long as they run. */
bool script_run_netlist(struct script *script, struct loaded *loaded, size_t errors);

#endif
