/* From netlist text to syntax tree. */
#ifndef OPSPICE_READER_H
#define OPSPICE_READER_H

#include "netlist/netlist.h"
#include "util/diagnostics.h"

enum reader_status {
    READER_OK,        /* read; the user's mistakes are in the diagnostics */
    READER_NO_MEMORY,
    READER_NO_FILE    /* the deck itself cannot be opened: errno says why (a missing include is a diagnostic) */
};

/* Read the deck at path ("-": standard input) with its includes into a zeroed netlist. */
enum reader_status reader_file(struct netlist *netlist, const char *path, struct diagnostics *diagnostics);

/* Read a deck of size bytes from memory; name stands in messages and is where relative includes start. */
enum reader_status reader_memory(struct netlist *netlist, const char *name, const char *text, size_t size,
                                 struct diagnostics *diagnostics);

/* Read a deck of which these pieces are here: see sources_take, by which text and piece are taken over. */
enum reader_status reader_pieces(struct netlist *netlist, const char *path, char *text, size_t size,
                                 struct source_piece *piece, size_t pieces, struct diagnostics *diagnostics);

/* Read cards of size bytes that no title comes before into a zeroed netlist; name stands in messages. */
enum reader_status reader_cards(struct netlist *netlist, const char *name, const char *text, size_t size,
                                struct diagnostics *diagnostics);

#endif
