// sink PORT FILE: takes SMTP mail and forgets it; keeps in FILE how many messages it has taken and when the last came
// (two doubles: count, monotonic seconds), for others to map.
#include "load.h"
#include <fcntl.h>
#include <sys/mman.h>

struct session {
    int descriptor, in_body, matched;
    char line[1024];
    int length;
    char output[4096];
    int output_length;
};

static volatile double *counters;

static void answer(struct session *s, const char *text) {
    int length = strlen(text);
    if (s->output_length + length < (int)sizeof s->output) {
        memcpy(s->output + s->output_length, text, length);
        s->output_length += length;
    }
}

static void command(struct session *s) {
    if (!strncasecmp(s->line, "EHLO", 4))
        answer(s, "250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n");
    else if (!strncasecmp(s->line, "DATA", 4)) {
        answer(s, "354 go on\r\n");
        s->in_body = 1;
        s->matched = 2;
    } else if (!strncasecmp(s->line, "QUIT", 4)) answer(s, "221 bye\r\n");
    else answer(s, "250 ok\r\n");
}

// Finds CR LF . CR LF, five steps, in what came; returns how much of it was body.
static size_t skip_body(struct session *s, const char *bytes, size_t count) {
    static const char end[] = "\r\n.\r\n";
    for (size_t i = 0; i < count; i++) {
        if (s->matched == 0) {
            const char *next = memchr(bytes + i, '\r', count - i);
            if (!next) return count;
            i = next - bytes;
        }
        s->matched = bytes[i] == end[s->matched] ? s->matched + 1 : bytes[i] == '\r' ? 1 : 0;
        if (s->matched == 5) {
            s->in_body = s->matched = 0;
            counters[0] += 1;
            counters[1] = seconds();
            answer(s, "250 taken\r\n");
            return i + 1;
        }
    }
    return count;
}

static void take(struct session *s, const char *bytes, size_t count) {
    while (count) {
        if (s->in_body) {
            size_t used = skip_body(s, bytes, count);
            bytes += used;
            count -= used;
            continue;
        }
        char byte = *bytes++;
        count--;
        if (s->length < (int)sizeof s->line - 1) s->line[s->length++] = byte;
        if (byte == '\n') {
            s->line[s->length] = 0;
            command(s);
            s->length = 0;
        }
    }
}

int main(int count, char **arguments) {
    if (count != 3) fail("usage: sink PORT FILE");
    int file = open(arguments[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, 16)) fail("%s: %s", arguments[2], strerror(errno));
    counters = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int listener = loopback_socket(SOCK_NONBLOCK), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = loopback(atoi(arguments[1]));
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) fail("listen: %s", strerror(errno));
    int poll_set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, events[256];
    epoll_ctl(poll_set, EPOLL_CTL_ADD, listener, &event);
    static char buffer[1 << 18];
    for (;;) {
        int ready = epoll_wait(poll_set, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            struct session *s = events[i].data.ptr;
            if (!s) {
                int descriptor = accept4(listener, NULL, NULL, 0);
                if (descriptor < 0) continue;
                setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                s = calloc(1, sizeof *s);
                s->descriptor = descriptor;
                event = (struct epoll_event){.events = EPOLLIN, .data.ptr = s};
                epoll_ctl(poll_set, EPOLL_CTL_ADD, descriptor, &event);
                answer(s, "220 sink.test\r\n");
            } else {
                ssize_t got = recv(s->descriptor, buffer, sizeof buffer, 0);
                if (got <= 0) {
                    close(s->descriptor);
                    free(s);
                    continue;
                }
                take(s, buffer, got);
            }
            if (s->output_length && send(s->descriptor, s->output, s->output_length, MSG_NOSIGNAL) < 0) continue;
            s->output_length = 0;
        }
    }
}
