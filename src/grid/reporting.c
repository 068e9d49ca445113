#include "grid/reporting.h"

#include <string.h>
#include <time.h>

enum report_status reporting_check(struct part *part, const char *const *options, struct diagnostics *diagnostics)
{
    struct report_request request;
    enum report_status status = report_request_read(&request, options);
    if (status == REPORT_OK) /* nodes of other ranks are not known yet, which is no mistake */
        status = report_request_check(&request, &part->session.circuit, &part->session.netlist.sources, diagnostics);
    report_request_free(&request);
    return status;
}

static uint32_t number_of(const struct names *names, const char *name)
{
    return name ? names_find(names, name, strlen(name)) : CERTIFICATE_NONE;
}

static struct totals totals_of(const struct grid_certificate *proof, const struct circuit *circuit)
{
    struct totals totals = {.points = 1, .worst = proof->figures, .class = ENGINE_UNIQUE, .stability = ENGINE_STABLE};
    totals.worst.kcl_node = number_of(&circuit->nodes, proof->kcl_node);
    totals.worst.law_element = number_of(&circuit->elements, proof->law_element);
    totals.worst.loop_element = number_of(&circuit->elements, proof->loop_element);
    return totals;
}

enum report_status reporting_write(const struct grid_whole *whole, struct part *part,
                                   const struct grid_certificate *proof, const char *version,
                                   const char *const *options, const char *path, struct diagnostics *diagnostics)
{
    const struct netlist *netlist = &part->session.netlist;
    struct totals totals = totals_of(proof, &whole->circuit);
    struct result point = {.plot = {.kind = PLOT_OP}};
    struct output output = {.version = version,
                            .date = time(NULL),
                            .title = netlist->title,
                            .title_length = netlist->title_length,
                            .circuit = &whole->circuit,
                            .op = &whole->op,
                            .totals = &totals,
                            .requests = &part->session.requests,
                            .result = &point,
                            .results = 1};
    struct swept swept = {0};
    const struct report_output of = {&output, NULL, &swept, netlist->sources.item[0].name};
    struct report_request request;
    if (sources_hold(&netlist->sources, path))
        return REPORT_USAGE;
    enum report_status status = report_request_read(&request, options);
    if (status == REPORT_OK)
        status = report_request_read_files(&request, &part->session.netlist.sources, diagnostics);
    if (status == REPORT_OK)
        status = report_request_write(&request, &of, path, diagnostics);
    report_request_free(&request);
    return status;
}
