/* Syntax trees as text, for the tests of the reader. */
#ifndef OPSPICE_TEST_TREES_H
#define OPSPICE_TEST_TREES_H

#include "netlist/netlist.h"
#include "util/diagnostics.h"

struct deck {
    struct netlist netlist;
    struct diagnostics diagnostics;
    char *tree;     /* the cards, one a line: words as they are, KEY=, NAME( and ), "string", {expression} */
    char *messages; /* the diagnostics, one a line: LINE:COLUMN message */
};

/* Read a text, or a file; it must be readable. tree_free it. */
struct deck tree_of_text(const char *text);
struct deck tree_of_file(const char *path);

/* The counts of a card's words must nest: a key has one value, a group ends with its ARG_CLOSE. */
void tree_check_counts(const struct card *card);

/* A deck with one of everything, some of it wrong. */
#define TREE_RICH_DECK \
    "title\n" \
    "R1 a b 1k tc1=0.5, tc2 = 1 ; comment\n" \
    "* comment\n" \
    "V1 (a 0) DC 5 PULSE(0 5 1u (1 2) x=max(a,b)) // comment\r\n" \
    "+ 'expr + 1' {ex{p}r} \"str\" net-(r1-pad1)\n" \
    ".model d D(Ron=1u Roff=1e12)\n" \
    ".print v(a,b) v(a)=5 par('1')\n" \
    ".include /nowhere\n" \
    ".options reltol=1e-3 noacct\n" \
    ".title new title\n" \
    "Q1 a b c )\n" \
    ".control\nop\nprint 'x\n.endc\n" \
    ".tran 1 2\n" \
    ".if (a==b)\nR2 a b 1\n.endif\n" \
    "R3 ( a\nR4 = 1\nR5 a {b\n" \
    ".end\n"

void tree_free(struct deck *deck);

#endif
