/* What the programs that solve a resistor deck by a library alone have in common: the deck, read with no regard to
 * SPICE, and the time. DECK holds R cards, one V source to ground and nothing that matters else. */
#ifndef BARE_DECK_H
#define BARE_DECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Resistors between nodes numbered from 0 in the order of their appearance; ground is -1. */
struct deck {
    int *a, *b;       /* [resistors]                    */
    double *g;        /* [resistors]  S                 */
    size_t resistors, capacity;
    int nodes;
    int fixed;        /* the node of the voltage source */
    double volts;     /* its value                  V   */
    char **name;      /* [slots]  open addressing       */
    int *number;      /* [slots]                        */
    size_t slots;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *or_die(void *p)
{
    if (!p) {
        fputs("out of memory\n", stderr);
        exit(4);
    }
    return p;
}

static size_t slot_of(const struct deck *deck, const char *name)
{
    size_t h = 14695981039346656037u;
    for (const char *c = name; *c; c++)
        h = (h ^ (unsigned char)*c) * 1099511628211u;
    h &= deck->slots - 1;
    while (deck->name[h] && strcmp(deck->name[h], name) != 0)
        h = (h + 1) & (deck->slots - 1);
    return h;
}

static void make_slots(struct deck *deck, size_t slots)
{
    struct deck bigger = *deck;
    bigger.slots = slots;
    bigger.name = or_die(calloc(slots, sizeof *bigger.name));
    bigger.number = or_die(calloc(slots, sizeof *bigger.number));
    for (size_t i = 0; i < deck->slots; i++) {
        if (!deck->name[i])
            continue;
        size_t to = slot_of(&bigger, deck->name[i]);
        bigger.name[to] = deck->name[i];
        bigger.number[to] = deck->number[i];
    }
    free(deck->name);
    free(deck->number);
    *deck = bigger;
}

static int node_of(struct deck *deck, const char *name)
{
    if (strcmp(name, "0") == 0)
        return -1;
    if ((size_t)deck->nodes * 2 >= deck->slots)
        make_slots(deck, deck->slots ? deck->slots * 2 : 1024);
    size_t at = slot_of(deck, name);
    if (!deck->name[at]) {
        deck->name[at] = or_die(strdup(name));
        deck->number[at] = deck->nodes++;
    }
    return deck->number[at];
}

static void add_resistor(struct deck *deck, int a, int b, double g)
{
    if (deck->resistors == deck->capacity) {
        deck->capacity = deck->capacity ? deck->capacity * 2 : 1024;
        deck->a = or_die(realloc(deck->a, deck->capacity * sizeof *deck->a));
        deck->b = or_die(realloc(deck->b, deck->capacity * sizeof *deck->b));
        deck->g = or_die(realloc(deck->g, deck->capacity * sizeof *deck->g));
    }
    deck->a[deck->resistors] = a;
    deck->b[deck->resistors] = b;
    deck->g[deck->resistors++] = g;
}

static void read_deck(struct deck *deck, FILE *file)
{
    char line[512], a[128], b[128];
    double value;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*s %127s %127s %lf", a, b, &value) != 3)
            continue;
        int from = node_of(deck, a), to = node_of(deck, b);
        if (line[0] == 'r')
            add_resistor(deck, from, to, 1 / value);
        if (line[0] == 'v') {
            deck->fixed = from;
            deck->volts = value;
        }
    }
}

#endif
