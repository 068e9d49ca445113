/* Sums that lose nothing. */
#ifndef OPSPICE_EXACT_H
#define OPSPICE_EXACT_H

/* *sum += term; what that rounds off is added to *rest (Knuth's two-sum). */
static inline void add_exactly(double *sum, double *rest, double term)
{
    double total = *sum + term, added = total - *sum;
    *rest += (*sum - (total - added)) + (term - added);
    *sum = total;
}

#endif
