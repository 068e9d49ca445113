#include "grid/deck.h"

#include "util/array.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first rank that has a reason has the same one for all; 0: none has. */
static enum deck_status agree(const struct ranks *ranks, int reason)
{
    int *all = NULL, first = 0;
    int64_t total;
    if (!ranks_gather(ranks, &reason, 1, sizeof reason, &all, &total, NULL))
        return DECK_NO_MEMORY;
    for (int r = ranks->count; r-- > 0;)
        first = all[r] ? all[r] : first;
    free(all);
    errno = first;
    return first == 0 ? DECK_OK : first == ENOMEM ? DECK_NO_MEMORY : DECK_NO_FILE;
}

/* Does the file begin with UTF-16's byte order mark? */
static bool is_utf16(int file)
{
    unsigned char mark[2];
    return pread(file, mark, sizeof mark, 0) == sizeof mark &&
           ((mark[0] == 0xfe && mark[1] == 0xff) || (mark[0] == 0xff && mark[1] == 0xfe));
}

/* Open it where it can be read in parts: a regular file. */
static int open_parts(const char *path, size_t *size)
{
    struct stat about;
    int file = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (file < 0)
        return -1;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || is_utf16(file)) {
        close(file);
        return -1;
    }
    *size = (size_t)about.st_size;
    return file;
}

/* Rank 0 reads it. Returns 0 or errno. */
static int read_whole(struct deck_bytes *deck)
{
    switch (sources_read(&deck->whole, deck->path, NULL)) {
    case SOURCE_NO_FILE: return errno;
    case SOURCE_NO_MEMORY: return ENOMEM;
    case SOURCE_OK: deck->size = deck->whole.item[0].size; return 0;
    }
    return 0;
}

enum deck_status deck_open(struct deck_bytes *deck, const struct ranks *ranks, const char *path)
{
    bool is_first = ranks->rank == 0;
    int reason = 0;
    deck->ranks = *ranks;
    deck->path = path;
    deck->file = is_first ? open_parts(path, &deck->size) : -1;
    bool in_parts = deck->file >= 0;
    if (is_first && !in_parts)
        reason = read_whole(deck);
    ranks_spread(0, &in_parts, sizeof in_parts);
    ranks_spread(0, &deck->size, sizeof deck->size);
    if (!is_first && in_parts) {
        size_t size = 0;
        deck->file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (deck->file < 0)
            reason = errno;
        else if ((size = (size_t)lseek(deck->file, 0, SEEK_END)) != deck->size)
            reason = ESTALE; /* another file than that of rank 0 */
    }
    return agree(ranks, reason);
}

/* Returns 0 or errno. */
static int read_part(int file, size_t offset, size_t size, char *into)
{
    while (size > 0) {
        ssize_t got = pread(file, into, size, (off_t)offset);
        if (got < 0 && errno != EINTR)
            return errno;
        if (got == 0)
            return EIO; /* it has become shorter */
        if (got > 0) {
            into += got;
            offset += (size_t)got;
            size -= (size_t)got;
        }
    }
    return 0;
}

struct wish {
    size_t offset, size;
};

/* Rank 0 gives all what they want of its text. */
static enum deck_status hand_out(struct deck_bytes *deck, struct wish wish, char *into)
{
    const struct ranks *ranks = &deck->ranks;
    struct wish *wishes = NULL;
    int64_t total, *give = array_new((size_t)ranks->count, 2 * sizeof *give);
    char *bytes = NULL, *taken = NULL;
    bool done = ranks_all(give) && ranks_gather(ranks, &wish, 1, sizeof wish, &wishes, &total, NULL);
    size_t sum = 0;
    for (int r = 0; done && ranks->rank == 0 && r < ranks->count; r++) {
        give[r] = (int64_t)wishes[r].size;
        sum += wishes[r].size;
    }
    bytes = done ? array_new(sum, 1) : NULL;
    done = ranks_all(bytes) && done;
    char *to = bytes;
    for (int r = 0; done && ranks->rank == 0 && r < ranks->count; r++) {
        memcpy(to, deck->whole.item[0].text + wishes[r].offset, wishes[r].size);
        to += wishes[r].size;
    }
    done = done && ranks_exchange(ranks, bytes, give, 1, &taken, give + ranks->count);
    if (done)
        memcpy(into, taken, wish.size);
    free(wishes);
    free(give);
    free(bytes);
    free(taken);
    return done ? DECK_OK : DECK_NO_MEMORY;
}

enum deck_status deck_fetch(struct deck_bytes *deck, size_t offset, size_t size, char *into)
{
    if (deck->file < 0)
        return hand_out(deck, (struct wish){offset, size}, into);
    return agree(&deck->ranks, read_part(deck->file, offset, size, into));
}

void deck_close(struct deck_bytes *deck)
{
    if (deck->file >= 0)
        close(deck->file);
    sources_free(&deck->whole);
    *deck = (struct deck_bytes){.file = -1};
}
