/* Break every third write to a descriptor: short, EINTR, EAGAIN. FAULT_FD says which; by a generator of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned state = 12345;
static ino_t broken_inode = 0;

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
        switch ((next_number() >> 16) % 6) {
        case 0: errno = EINTR; return -1;
        case 1: errno = EAGAIN; return -1;
        case 2: count = 1 + (next_number() >> 16) % (count - 1); break;
        }
    }
    return real(fd, data, count);
}
