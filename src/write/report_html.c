/* Reports as a page of HTML: no script, nothing beside it, the same on paper. */
#include "write/report_parts.h"

#include "write/finite.h"
#include "write/label.h"
#include <errno.h>
#include <math.h>
#include <time.h>

static const char style[] =
    "body{font:15px/1.45 system-ui,-apple-system,\"Segoe UI\",\"Liberation Sans\",Arial,sans-serif;color:#1b1e22;"
    "background:#fff;max-width:76rem;margin:1.5rem auto;padding:0 1.25rem}\n"
    "h1{font-size:1.55rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2.2rem 0 .5rem;padding-top:.6rem;"
    "border-top:1px solid #c9ced6;break-after:avoid}\n"
    "p{margin:.35rem 0}.note,header p,footer{color:#4a515c}footer{margin-top:2.2rem;border-top:1px solid #c9ced6;"
    "padding-top:.6rem}\n"
    "dl.key{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.7rem 1.2rem;margin:1.1rem 0;"
    "padding:.8rem 1rem;background:#f4f6f8;border:1px solid #d9dde3}\n"
    "dl.key div{min-width:0}dl.key dt{color:#4a515c;font-size:.82rem}dl.key dd{margin:0;font-size:1.12rem;"
    "overflow-wrap:anywhere}dl.key dd small{font-size:.8rem;color:#4a515c;display:block}"
    "dl.key dd.bad{color:#9b1c1c;font-weight:600}\n"
    ".scroll{overflow-x:auto;margin:.9rem 0 1.2rem}table{border-collapse:collapse;font-variant-numeric:tabular-nums;"
    "font-size:.9rem}\n"
    "caption{text-align:left;font-weight:600;padding:.2rem 0 .35rem}th,td{padding:.22rem .55rem;text-align:left;"
    "border-bottom:1px solid #e1e5ea;vertical-align:top}td{max-width:26rem;overflow-wrap:break-word}\n"
    "th{border-bottom:2px solid #8d96a3;vertical-align:bottom}th.n,td.n{text-align:right}td.n{"
    "white-space:nowrap}tr{break-inside:avoid}\n"
    "figure{margin:.8rem 0;break-inside:avoid}figcaption{font-size:.86rem;color:#333a44}svg{display:block;"
    "max-width:100%}svg text{font-size:11px;fill:#333a44}svg .name{font-size:12px;fill:#1b1e22}\n"
    ".maps{display:flex;flex-wrap:wrap;gap:1.1rem 1.6rem;align-items:flex-start}.map{margin:0}.map figcaption{"
    "max-width:23rem;padding-left:10px;overflow-wrap:anywhere}image{image-rendering:pixelated}\n"
    "figure.histogram{margin-bottom:.4rem}.bars{fill:#4a6fa5}"
    ".ground{fill:#dfe3e8;stroke:#8d96a3}.bar{stroke:#8d96a3}.tick{stroke:#4a515c}.ring,.dot{fill:none;stroke:#000;"
    "stroke-width:4}.dot{stroke:#fff;stroke-width:1.8}.source{fill:#00a6d6;stroke:#fff;stroke-width:1}\n"
    ".frame{fill:none;stroke:#8d96a3}.grid{stroke:#e1e5ea}.curves path,.legend path{fill:none;stroke-width:2}.curves "
    ".grid{stroke-width:1}.curves .power{stroke-dasharray:6 4;stroke-width:1.5}.legend{white-space:nowrap;"
    "margin-left:.7rem}.legend svg{display:inline}\n"
    /* colours of M. Okabe and K. Ito, 2002, told apart by the colour blind too */
    ".c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#009e73}.c3{stroke:#cc79a7}.c4{stroke:#e69f00}"
    ".c5{stroke:#56b4e9}.c6{stroke:#000}.c7{stroke:#8a7f00}circle{fill:#fff;stroke-width:2}"
    "circle.ring,circle.dot{fill:none}\n"
    "@media print{body{font-size:10pt;max-width:none;margin:0;padding:0}dl.key{background:none}.scroll{"
    "overflow:visible}table{font-size:8.5pt}h2{margin-top:1.2rem}*{print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}}\n";

/* ---- the head ---- */

static bool has_title(const struct output *output)
{
    return output->title && output->title_length > 0;
}

/* Without the star that makes it a comment too, as some programs write it. */
static void put_title(struct sink *sink, const struct report_output *of)
{
    const char *title = of->output->title;
    size_t skip = 0;
    while (has_title(of->output) && skip + 1 < of->output->title_length && (title[skip] == '*' || title[skip] == ' '))
        skip++;
    if (has_title(of->output))
        html_bytes(sink, title + skip, of->output->title_length - skip);
    else
        html_text(sink, of->name);
}

static void put_date(struct sink *sink, time_t date)
{
    struct tm utc;
    char text[64];
    if (!gmtime_r(&date, &utc))
        return;
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d UTC", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
             utc.tm_hour, utc.tm_min);
    sink_text(sink, text);
}

static void put_head(struct sink *sink, const struct report_output *of)
{
    sink_text(sink, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width\">\n"
                    "<meta name=\"generator\" content=\"opspice ");
    html_text(sink, of->output->version);
    sink_text(sink, "\">\n<title>");
    put_title(sink, of);
    sink_text(sink, "</title>\n<style>\n");
    sink_text(sink, style);
    sink_text(sink, "</style>\n</head>\n<body>\n<header>\n<h1>");
    put_title(sink, of);
    sink_text(sink, "</h1>\n<p>");
    html_text(sink, of->name);
    sink_text(sink, " \xc2\xb7 ");
    html_count(sink, of->output->circuit->nodes.count - 1);
    sink_text(sink, " nodes, ");
    html_count(sink, of->output->circuit->elements.count);
    sink_text(sink, " elements \xc2\xb7 ");
    put_date(sink, of->output->date);
    sink_text(sink, "</p>\n</header>\n");
}

/* ---- the summary ---- */

static void begin_fact(struct sink *sink, const char *name, bool bad)
{
    sink_text(sink, "<div><dt>");
    sink_text(sink, name);
    sink_text(sink, bad ? "</dt><dd class=\"bad\">" : "</dt><dd>");
}

static void end_fact(struct sink *sink)
{
    sink_text(sink, "</dd></div>\n");
}

static void put_count_fact(struct sink *sink, const char *name, size_t count)
{
    begin_fact(sink, name, count > 0);
    html_count(sink, count);
    end_fact(sink);
}

/* The net of the largest drop, relative to its supply where it has one. */
static const struct supply_net *worst_net(const struct supply_nets *nets)
{
    const struct supply_net *worst = NULL;
    for (uint32_t n = 0; n < nets->count; n++) {
        const struct supply_net *net = &nets->net[n];
        if (net->is_supplied && net->nodes > 1 && (!worst || net->worst_drop > worst->worst_drop))
            worst = net;
    }
    return worst;
}

static void put_drop_facts(struct sink *sink, const struct report_output *of)
{
    const struct supply_net *net = worst_net(&of->report->nets);
    if (!net)
        return;
    begin_fact(sink, "Worst drop", false);
    html_si(sink, net->worst_drop, "V");
    if (net->supply != 0) {
        sink_text(sink, ", ");
        html_percent(sink, supply_net_percent(net, net->worst_drop));
    }
    sink_text(sink, "<small>net ");
    html_text(sink, net->name);
    sink_text(sink, ", node ");
    report_node(sink, of->output->circuit, net->worst);
    sink_text(sink, "</small>");
    end_fact(sink);
}

static void put_point_facts(struct sink *sink, const struct report_output *of)
{
    const struct report *report = of->report;
    double power = 0;
    for (uint32_t n = 0; n < report->nets.count; n++)
        power += report->nets.net[n].power;
    put_drop_facts(sink, of);
    begin_fact(sink, "Total power", false);
    html_si(sink, power, "W");
    sink_text(sink, "<small>from voltage sources</small>");
    end_fact(sink);
    if (report->wires.count > 0) {
        begin_fact(sink, "Largest current", false);
        html_si(sink, report->wires.item[0].value, "A");
        sink_text(sink, "<small>in ");
        report_element(sink, of->output->circuit, report->wires.item[0].number);
        sink_text(sink, "</small>");
        end_fact(sink);
    }
    if (report->has_limits)
        put_count_fact(sink, "Currents above their limits", report->limits.violations);
    put_count_fact(sink, "Unconnected nodes", report->unreached_count);
}

static void put_curve_facts(struct sink *sink, const struct report_output *of)
{
    const struct generator_curve *best = NULL;
    for (size_t r = 0; r < of->output->results; r++) {
        for (size_t c = 0; c < of->swept[r].curves; c++) {
            const struct generator_curve *curve = &of->swept[r].curve[c];
            if (curve->is_generator && (!best || curve->pmax > best->pmax))
                best = curve;
        }
    }
    if (!best)
        return;
    begin_fact(sink, "Largest power of a generator", false);
    html_si(sink, best->pmax, "W");
    sink_text(sink, "<small>at ");
    html_si(sink, best->vmp, "V");
    sink_text(sink, ", ");
    html_si(sink, best->imp, "A");
    sink_text(sink, "</small>");
    end_fact(sink);
}

static void put_summary(struct sink *sink, const struct report_output *of)
{
    const struct certificate *proof = &of->output->totals->worst;
    sink_text(sink, "<dl class=\"key\">\n");
    if (of->output->op)
        put_point_facts(sink, of);
    put_curve_facts(sink, of);
    begin_fact(sink, "Answer", !proof->proved);
    sink_text(sink, proof->proved ? "proved" : "not proved");
    sink_text(sink, "<small>within ");
    html_number(sink, proof->tolerance, 3);
    sink_text(sink, ", ");
    sink_text(sink, engine_class_name(of->output->totals->class));
    sink_text(sink, "</small>");
    end_fact(sink);
    sink_text(sink, "</dl>\n");
}

/* ---- the proof ---- */

static void put_figure(struct sink *sink, const char *name, double value, const char *unit, double relative,
                       const struct names *names, uint32_t worst)
{
    sink_text(sink, "<tr>");
    html_cell(sink, name);
    html_si_cell(sink, value, unit);
    html_number_cell(sink, relative, 3);
    html_cell(sink, names && worst < names->count ? names->text[worst] : "");
    sink_text(sink, "</tr>\n");
}

void report_proof(struct sink *sink, const struct report_output *of)
{
    const struct totals *totals = of->output->totals;
    const struct certificate *proof = &totals->worst;
    const struct circuit *circuit = of->output->circuit;
    sink_text(sink, "<h2>Proof</h2>\n<p>The answer was computed again from the netlist and its final numbers: ");
    sink_text(sink, proof->proved ? "proved within " : "not proved within ");
    html_number(sink, proof->tolerance, 3);
    sink_text(sink, "; ");
    sink_text(sink, engine_class_name(totals->class));
    sink_text(sink, ", ");
    sink_text(sink, engine_stability_name(totals->stability));
    if (totals->points > 1) {
        sink_text(sink, "; the worst of ");
        html_count(sink, totals->points);
        sink_text(sink, " points");
    }
    sink_text(sink, ".</p>\n");
    html_table(sink, NULL, "what remains of|>largest|>relative|at");
    put_figure(sink, "Kirchhoff's current law", proof->kcl, "A", proof->kcl_relative, &circuit->nodes, proof->kcl_node);
    put_figure(sink, "laws of the elements, beyond rounding", proof->law, "V", proof->law_relative, &circuit->elements,
               proof->law_element);
    put_figure(sink, "voltages round loops", proof->loop, "V", proof->loop_relative, &circuit->elements,
               proof->loop_element);
    put_figure(sink, "power delivered less power taken", proof->power, "W", proof->power_relative, NULL, 0);
    html_end_table(sink);
}

/* ---- the page ---- */

static bool put_body(struct sink *sink, const struct report_output *of)
{
    bool done = true;
    put_summary(sink, of);
    if (of->output->op) {
        report_nets(sink, of);
        done = report_net_details(sink, of);
        report_violations(sink, of);
        report_currents(sink, of);
        report_unreached(sink, of);
    }
    done = done && report_curves(sink, of);
    report_proof(sink, of);
    sink_text(sink, "<footer>opspice ");
    html_text(sink, of->output->version);
    sink_text(sink, "</footer>\n</body>\n</html>\n");
    return done;
}

bool write_report_html(FILE *file, const struct report_output *of)
{
    struct sink sink;
    if (!output_is_finite(of->output))
        return false;
    sink_open(&sink, file);
    put_head(&sink, of);
    bool done = put_body(&sink, of), closed = sink_close(&sink);
    if (!done)
        errno = ENOMEM;
    return done && closed;
}
