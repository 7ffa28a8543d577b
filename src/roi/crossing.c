/* crossing.c - what calls across a language boundary cost. */
#include "roi/roi.h"

/* Crossing a language boundary once, and handing over one element that has to be converted (method 3.3: generated
 * bindings of Python 210 to 363 ns a call and 150 ns an element, cgo 131 ns). */
static const double call_s = 300e-9, call_go_s = 131e-9, element_s = 150e-9;

double roi_crossing_s(struct span from, const struct proposal_component *c)
{
    double calls = quantity_quantile(&c->calls_per_op, 0.5), elements = quantity_quantile(&c->elements_per_call, 0.5);
    bool go = span_is(from, "go") || span_is(from, "golang");
    if (!num_known(calls))
        return 0;
    return calls * ((go ? call_go_s : call_s) + (num_known(elements) ? elements * element_s : 0));
}
