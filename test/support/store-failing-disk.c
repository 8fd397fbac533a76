// Makes system calls on chosen files fail with EIO, for tests. Loaded with LD_PRELOAD.
// The file named by FAIL_SWITCH says what fails, in one line: name of the call, a blank, a part of the path. Without the file nothing fails. Each call
// that was made to fail adds a byte to the file named by FAIL_COUNT.
// LevelDB writes through stdio, which calls the kernel directly: only its fdatasync can be made to fail.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t (*real_write(void))(int, const void*, size_t) {
  return (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
}

static int fails(const char* call, int fd) {
  char line[512] = {0}, wanted[64] = {0}, part[448] = {0}, link[64], path[512] = {0};
  const char* name = getenv("FAIL_SWITCH");
  const int saved = errno;
  if (name == NULL) return 0;
  const int control = open(name, O_RDONLY | O_CLOEXEC);
  if (control < 0) {
    errno = saved;
    return 0;
  }
  const ssize_t got = read(control, line, sizeof line - 1);
  close(control);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (got <= 0 || length <= 0 || sscanf(line, "%63s %447s", wanted, part) != 2) return 0;
  if (strcmp(wanted, call) != 0 || strstr(path, part) == NULL) return 0;
  const int count = open(getenv("FAIL_COUNT"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (count >= 0) {
    if (real_write()(count, "x", 1) != 1) abort();
    close(count);
  }
  errno = EIO;
  return 1;
}

int fsync(int fd) {
  if (fails("fsync", fd)) return -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd) {
  if (fails("fdatasync", fd)) return -1;
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

ssize_t write(int fd, const void* bytes, size_t length) {
  if (fails("write", fd)) return -1;
  return real_write()(fd, bytes, length);
}
