// Preloaded, it makes every sync of a file return later by SLOW_SYNC_MS, on the thread that asked for it and on no other.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int later(long result) {
  const int error = errno;
  const char *ms = getenv("SLOW_SYNC_MS");
  const long delay = ms == NULL ? 0 : atol(ms);
  struct timespec left = {delay / 1000, delay % 1000 * 1000000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
  errno = error;
  return (int)result;
}

int fsync(int fd) { return later(syscall(SYS_fsync, fd)); }

int fdatasync(int fd) { return later(syscall(SYS_fdatasync, fd)); }
