#include "analysis/report.h"

#include "util/array.h"
#include <math.h>
#include <stdlib.h>

bool report_check_files(const struct report_wishes *wishes, const struct circuit *circuit,
                        struct diagnostics *diagnostics)
{
    struct placement placement = {0};
    struct current_limits limits = {0};
    bool done = !wishes->coordinates ||
                placement_by_file(&placement, circuit, wishes->coordinates, diagnostics);
    done = done && (!wishes->limits || current_limits_read(&limits, wishes->limits, diagnostics));
    placement_free(&placement);
    current_limits_free(&limits);
    return done;
}

/* Wires and resistors to ground; voltage sources but those of 0 V that are wires. */
static bool rank_currents(struct report *report, const struct circuit *circuit, const struct operating_point *op)
{
    bool done = true;
    for (uint32_t e = 0; done && e < circuit->elements.count; e++) {
        const struct element *element = &circuit->element[e];
        if (element->kind == ELEMENT_RESISTOR || supply_is_wire(circuit, element))
            done = largest_offer(&report->wires, fabs(op->current[e]), e);
        else if (element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_CONTROLLED_VOLTAGE)
            done = largest_offer(&report->sources, fabs(op->current[e]), e);
    }
    largest_sort(&report->wires);
    largest_sort(&report->sources);
    return done;
}

static bool rank_nodes(struct report *report, size_t most, const struct circuit *circuit,
                       const struct operating_point *op)
{
    report->worst = array_new(report->nets.count, sizeof *report->worst);
    for (uint32_t net = 0; report->worst && net < report->nets.count; net++)
        report->worst[net].most = most;
    return report->worst && supply_nets_worst(report->worst, &report->nets, circuit, op);
}

static bool place_nodes(struct report *report, const struct report_wishes *wishes, const struct circuit *circuit,
                        struct diagnostics *diagnostics)
{
    if (wishes->coordinates)
        return placement_by_file(&report->placement, circuit, wishes->coordinates, diagnostics);
    return placement_by_names(&report->placement, circuit);
}

static bool compare_limits(struct report *report, const struct report_wishes *wishes, const struct circuit *circuit,
                           const struct operating_point *op, struct diagnostics *diagnostics)
{
    report->has_limits = wishes->limits;
    if (!report->has_limits)
        return true;
    return current_limits_read(&report->limits, wishes->limits, diagnostics) &&
           current_limits_check(&report->limits, &report->placement, circuit, op, diagnostics);
}

/* Prefixes that nobody's name begins with are told. */
static void check_prefixes(const struct report *report, const struct report_wishes *wishes,
                           struct diagnostics *diagnostics)
{
    for (size_t n = 0; n < wishes->nets; n++) {
        if (report->nets.net[n].nodes == 0)
            diagnose(diagnostics, WARNING_REPORT_UNUSED, NULL, 0, "net %s of the report has no nodes", wishes->net[n]);
    }
}

bool report_make(struct report *report, const struct report_wishes *wishes, const struct circuit *circuit,
                 const struct operating_point *op, struct diagnostics *diagnostics)
{
    report->wires.most = report->sources.most = wishes->worst;
    if (!place_nodes(report, wishes, circuit, diagnostics) ||
        !supply_nets_find(&report->nets, circuit, op, wishes->net, wishes->nets))
        return false;
    check_prefixes(report, wishes, diagnostics);
    return net_layers_find(&report->layers, &report->nets, REPORT_NETS, &report->placement, circuit, op) &&
           rank_nodes(report, wishes->worst, circuit, op) && rank_currents(report, circuit, op) &&
           compare_limits(report, wishes, circuit, op, diagnostics) &&
           supply_unreached(&report->unreached, &report->unreached_count, circuit, op);
}

void report_free(struct report *report)
{
    for (uint32_t net = 0; report->worst && net < report->nets.count; net++)
        largest_free(&report->worst[net]);
    free(report->worst);
    free(report->unreached);
    largest_free(&report->wires);
    largest_free(&report->sources);
    current_limits_free(&report->limits);
    net_layers_free(&report->layers);
    supply_nets_free(&report->nets);
    placement_free(&report->placement);
    *report = (struct report){0};
}
