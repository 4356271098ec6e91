/* A disk that can be watched and made to fail: preloaded in front of the C library.

   Only what happens to files below DISK_UNDER is looked at. With DISK_RECORD every change is written to that file, in
   the order in which it happened: created, written (with the bytes), synced, cut, removed, renamed. With DISK_CONTROL,
   a small file that both sides map into their memory, the n-th operation of some kinds fails, once or from then on.
   Shared memory of SQLite (-shm) is no part of it: it is made anew at every start. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, OPEN = 4, RENAME = 8, CUT = 16, REMOVE = 32 };

struct control {
    int64_t countdown; /* the operation that fails, counted down; 0: none */
    int64_t sticky;    /* from then on all of them fail */
    int64_t error;     /* with this errno */
    int64_t kinds;     /* of these kinds */
    int64_t half;      /* a write that fails has written its first half */
    int64_t seen;      /* how many there were */
    int64_t failed;    /* how many failed */
    char match[64];    /* only paths that contain this */
};

#pragma pack(push, 1)
struct entry {
    char kind;
    uint64_t file;
    uint64_t offset;
    uint32_t path;
    uint32_t data;
};
#pragma pack(pop)

static const char *under;
static size_t under_long;
static int record = -1;
static struct control *control;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

__attribute__((constructor)) static void begin(void) {
    under = getenv("DISK_UNDER");
    under_long = under ? strlen(under) : 0;
    const char *path = getenv("DISK_RECORD");
    if (path) record = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    path = getenv("DISK_CONTROL");
    if (path) {
        int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        control = mmap(0, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        syscall(SYS_close, file);
        if (control == MAP_FAILED) control = 0;
    }
}

static int is_ours(const char *path) {
    size_t size = path ? strlen(path) : 0;
    return under && size > under_long && !strncmp(path, under, under_long)
        && !(size > 4 && !strcmp(path + size - 4, "-shm"));
}

static int path_of(int file, char *path, size_t size) {
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t got = under ? readlink(name, path, size - 1) : -1;
    if (got < 0) return 0;
    path[got] = 0;
    return is_ours(path);
}

static uint64_t file_of(int file) {
    struct stat found;
    return fstat(file, &found) ? 0 : found.st_ino;
}

static void note(char kind, uint64_t file, uint64_t offset, const char *path, const void *data, size_t size) {
    if (record < 0) return;
    struct entry entry = {kind, file, offset, strlen(path), size};
    char *whole = malloc(sizeof entry + entry.path + size);
    memcpy(whole, &entry, sizeof entry);
    memcpy(whole + sizeof entry, path, entry.path);
    if (size) memcpy(whole + sizeof entry + entry.path, data, size);
    size_t left = sizeof entry + entry.path + size, done = 0;
    while (done < left) done += syscall(SYS_write, record, whole + done, left - done);
    free(whole);
}

static int fails(int kind, const char *path) {
    if (!control || !(control->kinds & kind) || !strstr(path, control->match)) return 0;
    control->seen++;
    if (!control->countdown || (control->countdown > 1 && control->countdown--)) return 0;
    if (!control->sticky) control->countdown = 0;
    control->failed++;
    errno = control->error;
    return 1;
}

static ssize_t put(int file, const void *data, size_t size, off_t offset, int at) {
    return at ? REAL(pwrite)(file, data, size, offset) : REAL(write)(file, data, size);
}

static ssize_t written(int file, const void *data, size_t size, off_t offset, int at) {
    char path[4096];
    if (!path_of(file, path, sizeof path)) return put(file, data, size, offset, at);
    pthread_mutex_lock(&turn);
    if (!at) offset = fcntl(file, F_GETFL) & O_APPEND ? lseek(file, 0, SEEK_END) : lseek(file, 0, SEEK_CUR);
    ssize_t done;
    if (fails(WRITE, path)) {
        int why = errno;
        if (control->half && size > 1 && put(file, data, size / 2, offset, at) > 0)
            note('W', file_of(file), offset, path, data, size / 2);
        errno = why;
        done = -1;
    } else {
        done = put(file, data, size, offset, at);
        int why = errno;
        if (done > 0) note('W', file_of(file), offset, path, data, done);
        errno = why;
    }
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t write(int file, const void *data, size_t size) { return written(file, data, size, 0, 0); }
ssize_t pwrite(int file, const void *data, size_t size, off_t offset) { return written(file, data, size, offset, 1); }
ssize_t pwrite64(int file, const void *data, size_t size, off_t offset) { return written(file, data, size, offset, 1); }

static int synced(int file, int (*sync)(int)) {
    char path[4096];
    if (!path_of(file, path, sizeof path)) return sync(file);
    pthread_mutex_lock(&turn);
    int done = fails(SYNC, path) ? -1 : sync(file);
    if (!done) note('S', file_of(file), 0, path, 0, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int file) { return synced(file, REAL(fsync)); }
int fdatasync(int file) { return synced(file, REAL(fdatasync)); }

static int cut(int file, off_t size) {
    char path[4096];
    if (!path_of(file, path, sizeof path)) return REAL(ftruncate)(file, size);
    pthread_mutex_lock(&turn);
    int done = fails(CUT, path) ? -1 : REAL(ftruncate)(file, size);
    if (!done) note('T', file_of(file), size, path, 0, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int file, off_t size) { return cut(file, size); }
int ftruncate64(int file, off_t size) { return cut(file, size); }

static int opened(int folder, const char *name, int flags, mode_t mode) {
    char path[4096];
    if (name[0] == '/' || folder == AT_FDCWD) snprintf(path, sizeof path, "%s", name);
    else if (!path_of(folder, path, sizeof path)) path[0] = 0;
    else snprintf(path + strlen(path), sizeof path - strlen(path), "/%s", name);
    if (!is_ours(path) || !(flags & (O_CREAT | O_WRONLY | O_RDWR))) return REAL(openat)(folder, name, flags, mode);
    pthread_mutex_lock(&turn);
    struct stat before;
    int is_new = stat(path, &before) != 0, file;
    if (fails(OPEN, path)) file = -1;
    else {
        file = REAL(openat)(folder, name, flags, mode);
        int why = errno;
        if (file >= 0 && is_new && flags & O_CREAT) note('O', file_of(file), 0, path, 0, 0);
        else if (file >= 0 && flags & O_TRUNC) note('T', file_of(file), 0, path, 0, 0);
        errno = why;
    }
    pthread_mutex_unlock(&turn);
    return file;
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & O_CREAT) { va_list rest; va_start(rest, flags); mode = va_arg(rest, int); va_end(rest); }

int open(const char *name, int flags, ...) { MODE(flags) return opened(AT_FDCWD, name, flags, mode); }
int open64(const char *name, int flags, ...) { MODE(flags) return opened(AT_FDCWD, name, flags, mode); }
int openat(int folder, const char *name, int flags, ...) { MODE(flags) return opened(folder, name, flags, mode); }
int openat64(int folder, const char *name, int flags, ...) { MODE(flags) return opened(folder, name, flags, mode); }

int rename(const char *old, const char *new) {
    if (!is_ours(old)) return REAL(rename)(old, new);
    pthread_mutex_lock(&turn);
    int done = fails(RENAME, old) ? -1 : REAL(rename)(old, new);
    if (!done) note('R', 0, 0, old, new, strlen(new));
    pthread_mutex_unlock(&turn);
    return done;
}

static int removed(const char *path, int (*away)(const char *)) {
    if (!is_ours(path)) return away(path);
    pthread_mutex_lock(&turn);
    int done = fails(REMOVE, path) ? -1 : away(path);
    if (!done) note('U', 0, 0, path, 0, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int unlink(const char *path) { return removed(path, REAL(unlink)); }
int remove(const char *path) { return removed(path, REAL(remove)); }
