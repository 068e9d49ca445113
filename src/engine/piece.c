#include "engine/piece_parts.h"

#include "util/array.h"
#include "util/kernel.h"
#include <stdlib.h>

bool piece_new(struct piece *piece, const struct circuit *circuit, const struct element_tables *tables)
{
    size_t nodes = circuit->nodes.count, stiff = (size_t)tables->holders + tables->diodes;
    piece->circuit = circuit;
    piece->tables = tables;
    piece->along = PIECE_NO_LINE;
    piece->side = array_new(piece->tables->diodes, sizeof *piece->side);
    piece->tangent = array_new(piece->tables->diodes, sizeof *piece->tangent);
    piece->edge = array_new(stiff, sizeof *piece->edge);
    piece->element = array_new(stiff, sizeof *piece->element);
    piece->follower = array_new(nodes, sizeof *piece->follower);
    piece->offset = array_new(nodes, sizeof *piece->offset);
    piece->noise = array_new(nodes, sizeof *piece->noise);
    piece->entry = array_new((size_t)piece->tables->resistors + piece->tables->diodes, sizeof *piece->entry);
    piece->y = array_new(nodes, sizeof *piece->y);
    piece->drive.voltage = array_new(stiff, sizeof *piece->drive.voltage);
    piece->drive.current = array_new(piece->tables->sources, sizeof *piece->drive.current);
    piece->centre = array_new(nodes, sizeof *piece->centre);
    piece->direction = array_new(nodes, sizeof *piece->direction);
    if (!piece->side || !piece->tangent || !piece->edge || !piece->element || !piece->follower || !piece->offset ||
        !piece->noise || !piece->entry || !piece->y || !piece->drive.voltage || !piece->drive.current ||
        !piece->centre || !piece->direction) {
        piece_free(piece);
        return false;
    }
    return true;
}

void piece_free(struct piece *piece)
{
    free(piece->side);
    free(piece->tangent);
    free(piece->edge);
    free(piece->element);
    free(piece->follower);
    free(piece->offset);
    free(piece->noise);
    free(piece->entry);
    free(piece->y);
    free(piece->drive.voltage);
    free(piece->drive.current);
    free(piece->centre);
    free(piece->direction);
    forest_free(&piece->forest);
    qp_free(&piece->program);
    linear_free(&piece->linear);
    *piece = (struct piece){0};
}

/* ---- points ---- */

KERNEL
static void on_line(uint32_t nodes, const double *centre, const double *direction, double s, double *v)
{
    for (uint32_t node = 0; node < nodes; node++)
        v[node] = centre[node] + s * direction[node];
}

/* v = centre + s direction, where what is missing of the two is found first. */
static enum piece_status line_point(struct piece *piece, double *v, struct solve_info *info)
{
    enum piece_status status = PIECE_OK;
    if (!piece->directed) {
        piece_drive_only(piece, piece->along, GROUND, GROUND);
        status = piece_potentials(piece, piece->direction, info);
    }
    piece->directed = status == PIECE_OK;
    if (status == PIECE_OK && !piece->centred) {
        piece_drive_all(piece, piece->along);
        status = piece_potentials(piece, piece->centre, info);
        piece->centred = status == PIECE_OK;
    }
    if (status == PIECE_OK)
        on_line(piece->forest.nodes, piece->centre, piece->direction, piece->circuit->element[piece->along].value, v);
    piece_drive_all(piece, PIECE_NO_LINE);
    return status;
}

enum piece_status piece_point(struct piece *piece, struct operating_point *op, bool direct, struct solve_info *info)
{
    enum piece_status status = piece_prepare(piece, info);
    if (status != PIECE_OK)
        return status;
    if (piece->along != PIECE_NO_LINE && !direct) {
        status = line_point(piece, op->voltage, info);
    } else {
        piece_drive_all(piece, PIECE_NO_LINE);
        status = piece_potentials(piece, op->voltage, info);
    }
    if (status == PIECE_OK)
        piece_currents(piece, op->voltage, op->current);
    return status;
}

enum piece_status piece_respond(struct piece *piece, uint32_t element, uint32_t into, uint32_t out_of, double *v,
                                double *i, struct solve_info *info)
{
    enum piece_status status = piece_prepare(piece, info);
    if (status != PIECE_OK)
        return status;
    piece_drive_only(piece, element, into, out_of);
    status = piece_potentials(piece, v, info);
    if (status == PIECE_OK)
        piece_currents(piece, v, i);
    return status;
}
