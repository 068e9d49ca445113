/* Whose turn it is: commands of the program's threads, and of the background. */
#ifndef OPSPICE_NGSPICE_TURNS_H
#define OPSPICE_NGSPICE_TURNS_H

#include "api/ngspice_simulator.h"

/* Take the turn: what runs in the background is ended first. False: this thread has it already, a callback has called.
 * Who has it gives it back. */
bool turn_take(struct simulator *simulator);
void turn_give(struct simulator *simulator);

/* bg_ and what comes after it. */
int turn_background(struct simulator *simulator, const char *text);

/* `resume`, where something waits: it goes on and is waited for. False: nothing does. */
bool turn_resume(struct simulator *simulator);

/* With the turn, in the background, at a point: wait, where `bg_halt` has said so, until it is to go on or to end.
 * Returns whether it has waited and goes on. */
bool turn_waited(struct simulator *simulator);

/* `quit` in a callback: told at once, done when the command ends. */
int turn_quit_soon(struct simulator *simulator, int code);

/* The library is unloaded, or the program ends: end what runs, and free all. False: it does not end in time. */
bool turn_end(struct simulator *simulator);

#endif
