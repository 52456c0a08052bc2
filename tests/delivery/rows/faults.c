/* Break every other write to one file: EINTR, EAGAIN, short. FAULT_PATH says which; by a generator of its own.
   How many there were of each kind is written to FAULT_REPORT at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned state = 12345;
static ino_t broken_inode = 0;
static unsigned faults[3];

static unsigned next_number(void) { return state = state * 1103515245u + 12345u; }

ssize_t write(int fd, const void *data, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    struct stat found;
    if (!real) {
        real = dlsym(RTLD_NEXT, "write");
        const char *path = getenv("FAULT_PATH");
        if (path && stat(path, &found) == 0) broken_inode = found.st_ino;
    }
    if (broken_inode && count > 1 && fstat(fd, &found) == 0 && found.st_ino == broken_inode) {
        unsigned kind = (next_number() >> 16) % 6;
        if (kind < 3) faults[kind]++;
        switch (kind) {
        case 0: errno = EINTR; return -1;
        case 1: errno = EAGAIN; return -1;
        case 2: count = 1 + (next_number() >> 16) % (count - 1); break;
        }
    }
    return real(fd, data, count);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAULT_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%u %u %u", faults[0], faults[1], faults[2]);
    fclose(file);
}
