/* The conductances across every junction, .options gmin, at which tests try their random circuits. */
#ifndef OPSPICE_TEST_GMINS_H
#define OPSPICE_TEST_GMINS_H

static const double gmins[] = {1e-12, 0}; /* S: all recipes or kinds at each */
enum { GMINS = sizeof gmins / sizeof *gmins };

#endif
