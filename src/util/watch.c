#include "util/watch.h"

#include "util/clock.h"
#include "util/threads.h"

static const double pause = 0.05; /* s, between two calls */
static const double unseen = 2e4; /* operations for which the clock need not be looked at */

bool watch_ends(struct watch *watch, size_t steps)
{
    if (!watch)
        return false;
    if (watch->poll && threads_is_caller() && (watch->work += (double)steps) > unseen) {
        double now = clock_seconds();
        watch->work = 0;
        if (now >= watch->next) {
            watch->next = now + pause;
            watch->poll(watch->context);
        }
    }
    return watch_has_ended(watch);
}
