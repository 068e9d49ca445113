/* Reports: how many nodes of a net have which drop, as bars. */
#include "write/report_parts.h"

#include <math.h>

enum { BARS = 64, BAR = 10, HEIGHT = 70, LEFT = 40, BELOW = 18 }; /* BAR: width, px; as wide as the scale of drops */

static void put_bar(struct sink *sink, int bar, double part)
{
    enum { DIGITS = 4 };
    double height = part > 0 ? fmax(0.8, HEIGHT * part) : 0;
    if (height == 0)
        return;
    sink_text(sink, "M");
    sink_count(sink, (size_t)(LEFT + bar * BAR));
    sink_text(sink, " ");
    sink_count(sink, HEIGHT);
    sink_text(sink, "v-");
    html_number(sink, height, DIGITS);
    sink_text(sink, "h");
    sink_count(sink, BAR - 1);
    sink_text(sink, "V");
    sink_count(sink, HEIGHT);
    sink_text(sink, "z");
}

static void put_label(struct sink *sink, int x, const char *anchor, double volts)
{
    sink_text(sink, "<text text-anchor=\"");
    sink_text(sink, anchor);
    sink_text(sink, "\" x=\"");
    sink_count(sink, (size_t)x);
    sink_text(sink, "\" y=\"");
    sink_count(sink, HEIGHT + BELOW - 4);
    sink_text(sink, "\">");
    html_si(sink, volts, "V");
    sink_text(sink, "</text>");
}

void report_histogram(struct sink *sink, const struct report_output *of, uint32_t n)
{
    const struct supply_nets *nets = &of->report->nets;
    const struct supply_net *net = &nets->net[n];
    double p = net->sign * (net->supply - net->least), q = net->sign * (net->supply - net->most);
    double low = fmin(p, q), high = fmax(p, q);
    size_t count[BARS] = {0}, most = 0;
    if (!(low < high))
        return;
    for (uint32_t node = GROUND + 1; node < of->output->circuit->nodes.count; node++) {
        if (nets->of[node] != n)
            continue;
        int bar = (int)(BARS * (supply_nets_drop(nets, of->output->op, node) - low) / (high - low));
        count[bar < 0 ? 0 : bar < BARS ? bar : BARS - 1]++;
    }
    for (int bar = 0; bar < BARS; bar++)
        most = count[bar] > most ? count[bar] : most;
    sink_text(sink, "<figure class=\"histogram\"><svg role=\"img\" aria-label=\"nodes by their drop\" width=\"");
    sink_count(sink, 2 * LEFT + BARS * BAR);
    sink_text(sink, "\" height=\"");
    sink_count(sink, HEIGHT + BELOW);
    sink_text(sink, "\">\n<path class=\"bars\" d=\"");
    for (int bar = 0; bar < BARS; bar++)
        put_bar(sink, bar, (double)count[bar] / (double)most);
    sink_text(sink, "\"/>\n");
    put_label(sink, LEFT, "start", low);
    put_label(sink, LEFT + BARS * BAR, "end", high);
    sink_text(sink, "</svg><figcaption>How many nodes have which drop; the highest bar: ");
    html_count(sink, most);
    sink_text(sink, " of ");
    html_count(sink, net->nodes);
    sink_text(sink, ".</figcaption></figure>\n");
}
