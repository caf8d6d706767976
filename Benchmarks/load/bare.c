// bare PORT FILE: what the system's calls alone cost a server that takes mail by LMTP and keeps it. It makes the calls
// that Martlet makes for a message and does nothing between them: one thread waits for clients, reads and answers; a
// second writes as much as a commit of one small message is into a file that has its length already, and syncs it.
// Messages that came meanwhile share a sync. It keeps no mail and understands no more than the load generator says.
#include "load.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>

enum { COMMIT = 7 * 4120, LOG = 16 << 20, WAITING_MAX = 1024 };

struct session {
    int descriptor, in_body;
    char end[5];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static struct session *waiting[WAITING_MAX], *kept[WAITING_MAX];
static int waiting_count, kept_count, file, done;

static void answer(struct session *s, const char *text) {
    if (send(s->descriptor, text, strlen(text), MSG_NOSIGNAL) < 0) return;
}

static void *write_log(void *unused) {
    static char commit[COMMIT];
    static struct session *batch[WAITING_MAX];
    for (off_t offset = 0;; offset = offset + 2 * COMMIT > LOG ? 0 : offset + COMMIT) {
        pthread_mutex_lock(&lock);
        while (!waiting_count) pthread_cond_wait(&wanted, &lock);
        int count = waiting_count;
        memcpy(batch, waiting, count * sizeof *batch);
        waiting_count = 0;
        pthread_mutex_unlock(&lock);
        if (pwrite(file, commit, COMMIT, offset) != COMMIT || fdatasync(file)) fail("write: %s", strerror(errno));
        pthread_mutex_lock(&lock);
        memcpy(kept + kept_count, batch, count * sizeof *batch);
        kept_count += count;
        pthread_mutex_unlock(&lock);
        if (eventfd_write(done, 1)) fail("wake: %s", strerror(errno));
    }
    return unused;
}

static void keep(struct session *s) {
    pthread_mutex_lock(&lock);
    waiting[waiting_count++] = s;
    pthread_mutex_unlock(&lock);
    pthread_cond_signal(&wanted);
}

static void answer_kept(void) {
    static struct session *batch[WAITING_MAX];
    eventfd_t count;
    eventfd_read(done, &count);
    pthread_mutex_lock(&lock);
    int ready = kept_count;
    memcpy(batch, kept, ready * sizeof *batch);
    kept_count = 0;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < ready; i++) answer(batch[i], "250 2.0.0 kept\r\n");
}

static void take(struct session *s, const char *bytes, ssize_t count) {
    if (s->in_body) {
        char end[10];
        ssize_t last = count < 5 ? count : 5;
        memcpy(end, s->end, 5);
        memcpy(end + 5, bytes + count - last, last);
        memcpy(s->end, end + last, 5);
        if (memcmp(s->end, "\r\n.\r\n", 5)) return;
        s->in_body = 0;
        keep(s);
    } else if (!strncmp(bytes, "LHLO", 4)) answer(s, "250-bare.test\r\n250-PIPELINING\r\n250 SIZE 100000000\r\n");
    else if (!strncmp(bytes, "DATA", 4)) {
        s->in_body = 1;
        answer(s, "354 go on\r\n");
    } else answer(s, "250 2.1.0 ok\r\n");
}

static void accept_session(int poll_set, int listener) {
    int descriptor = accept4(listener, NULL, NULL, 0), on = 1;
    if (descriptor < 0) return;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct session *s = calloc(1, sizeof *s);
    s->descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    epoll_ctl(poll_set, EPOLL_CTL_ADD, descriptor, &event);
    answer(s, "220 bare.test\r\n");
}

int main(int count, char **arguments) {
    static char buffer[1 << 16], zeros[1 << 20];
    if (count != 3) fail("usage: bare PORT FILE");
    file = open(arguments[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < LOG / (int)sizeof zeros; i++)
        if (write(file, zeros, sizeof zeros) != sizeof zeros) fail("%s: %s", arguments[2], strerror(errno));
    if (fsync(file)) fail("%s: %s", arguments[2], strerror(errno));
    done = eventfd(0, EFD_NONBLOCK);
    int listener = loopback_socket(SOCK_NONBLOCK), on = 1, poll_set = epoll_create1(0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = loopback(atoi(arguments[1]));
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 1024)) fail("listen: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener}, events[256];
    epoll_ctl(poll_set, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = &done;
    epoll_ctl(poll_set, EPOLL_CTL_ADD, done, &event);
    pthread_t writer;
    if (pthread_create(&writer, NULL, write_log, NULL)) fail("no thread");
    for (;;) {
        int ready = epoll_wait(poll_set, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            void *source = events[i].data.ptr;
            if (source == &listener) accept_session(poll_set, listener);
            else if (source == &done) answer_kept();
            else {
                struct session *s = source;
                ssize_t got = recv(s->descriptor, buffer, sizeof buffer - 1, 0);
                if (got > 0) {
                    buffer[got] = 0;
                    take(s, buffer, got);
                } else close(s->descriptor);
            }
        }
    }
}
