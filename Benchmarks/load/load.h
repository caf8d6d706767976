// What the load generators share: loopback only, non-blocking sockets, monotonic time, one line of JSON at the end.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline int loopback_socket(int flags) {
    int descriptor = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (descriptor < 0) fail("socket: %s", strerror(errno));
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

static inline struct sockaddr_in loopback(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

// A connected socket that gives up when nothing comes for two minutes.
static inline int loopback_connection(int port) {
    struct sockaddr_in address = loopback(port);
    struct timeval patience = {.tv_sec = 120};
    int descriptor = loopback_socket(0);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(descriptor, (void *)&address, sizeof address)) fail("connect: %s", strerror(errno));
    return descriptor;
}

static inline int by_value(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static inline double quantile(double *sorted, long count, double part) {
    return count ? sorted[(long)((count - 1) * part)] : 0;
}
