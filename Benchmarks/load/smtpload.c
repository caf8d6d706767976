// smtpload: sends messages over many SMTP or LMTP sessions at once, from one thread.
// Prints {"ok":…,"failed":…,"seconds":…,"rate":…,"p50_ms":…,"p99_ms":…}.
#include "load.h"

enum phase { GREETING, HELLO, MAIL, RCPT, DATA, BODY, QUIT };

struct session {
    int descriptor;
    enum phase phase;
    char input[4096];
    int input_length;
    char head[1024];
    const char *parts[2];
    size_t lengths[2];
    int part;
    int waits_for_room;
    long number;
    double started;
};

static int port = 25, is_lmtp, session_count = 1, users = 200;
static long total = 1000, begun, ok, failed;
static size_t message_size = 4096;
static const char *recipient_format = "u%03d@martlet.test", *sender = "load@sender.test";
static const char *message_file;
static char *body;
static size_t body_length;
static double *latencies;
static int poll_set;
static int live;

static void make_body(void) {
    static const char *words[] = {"harbour", "letter", "window", "seven", "report", "garden", "maybe", "stone"};
    size_t wanted = message_size > 400 ? message_size - 400 : 64;
    body = malloc(wanted + 128);
    unsigned state = 1;
    size_t column = 0;
    while (body_length < wanted) {
        state = state * 1664525u + 1013904223u;
        const char *word = words[state >> 29];
        size_t length = strlen(word);
        if (column + length > 70) {
            memcpy(body + body_length, "\r\n", 2);
            body_length += 2;
            column = 0;
        }
        memcpy(body + body_length, word, length);
        body_length += length;
        body[body_length++] = ' ';
        column += length + 1;
    }
    memcpy(body + body_length, "\r\n.\r\n", 5);
    body_length += 5;
}

// A whole message out of a file, as it stands: lines end in CRLF and none begins with a dot.
static void read_body(void) {
    FILE *file = fopen(message_file, "rb");
    if (!file) fail("%s: %s", message_file, strerror(errno));
    fseek(file, 0, SEEK_END);
    body_length = ftell(file);
    rewind(file);
    body = malloc(body_length + 3);
    if (fread(body, 1, body_length, file) != body_length) fail("%s: cannot be read", message_file);
    fclose(file);
    memcpy(body + body_length, ".\r\n", 3);
    body_length += 3;
}

static void watch(struct session *s, int operation, int events) {
    struct epoll_event event = {.events = events, .data.ptr = s};
    epoll_ctl(poll_set, operation, s->descriptor, &event);
}

// Sends what is left, head and body in one call as a client with buffers does; waits for room when the socket is full.
static void flush(struct session *s) {
    while (s->part < 2) {
        if (!s->lengths[s->part]) {
            s->part++;
            continue;
        }
        struct iovec parts[2];
        struct msghdr message = {.msg_iov = parts};
        for (int part = s->part; part < 2; part++)
            parts[message.msg_iovlen++] =
                (struct iovec){.iov_base = (char *)s->parts[part], .iov_len = s->lengths[part]};
        ssize_t sent = sendmsg(s->descriptor, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN) fail("send: %s", strerror(errno));
            if (!s->waits_for_room) watch(s, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
            s->waits_for_room = 1;
            return;
        }
        for (int part = s->part; part < 2; part++) {
            size_t taken = (size_t)sent < s->lengths[part] ? (size_t)sent : s->lengths[part];
            s->parts[part] += taken;
            s->lengths[part] -= taken;
            sent -= taken;
        }
    }
    if (s->waits_for_room) watch(s, EPOLL_CTL_MOD, EPOLLIN);
    s->waits_for_room = 0;
}

static void say(struct session *s, int with_body, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    s->lengths[0] = vsnprintf(s->head, sizeof s->head, format, arguments);
    va_end(arguments);
    s->parts[0] = s->head;
    s->parts[1] = body;
    s->lengths[1] = with_body ? body_length : 0;
    s->part = 0;
    flush(s);
}

static void recipient_of(long number, char *text, size_t size) {
    snprintf(text, size, recipient_format, (int)(number % users));
}

static void next_message(struct session *s) {
    if (begun >= total) {
        s->phase = QUIT;
        return say(s, 0, "QUIT\r\n");
    }
    s->number = begun++;
    s->started = seconds();
    s->phase = MAIL;
    say(s, 0, "MAIL FROM:<%s>\r\n", sender);
}

// The date of a message, written once a second.
static const char *date_of(time_t now) {
    static time_t written;
    static char text[64];
    if (now != written) strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&now));
    written = now;
    return text;
}

static void send_body(struct session *s) {
    static int process;
    char recipient[128];
    s->phase = BODY;
    if (message_file) return say(s, 1, "");
    recipient_of(s->number, recipient, sizeof recipient);
    if (!process) process = getpid();
    time_t now = time(NULL);
    say(s, 1,
        "From: Load <%s>\r\nTo: <%s>\r\nSubject: load %ld\r\nDate: %s\r\nMessage-ID: <%ld.%d.%ld@sender.test>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n",
        sender, recipient, s->number, date_of(now), s->number, process, (long)now);
}

// A whole reply came.
static void replied(struct session *s, int code) {
    char recipient[128];
    int is_good = code / 100 == 2 || (s->phase == DATA && code == 354);
    if (!is_good) {
        if (failed++ < 5) fprintf(stderr, "reply %d in phase %d\n", code, s->phase);
        if (s->phase != BODY) fail("the session cannot go on");
    }
    switch (s->phase) {
    case GREETING:
        s->phase = HELLO;
        return say(s, 0, "%s load.test\r\n", is_lmtp ? "LHLO" : "EHLO");
    case HELLO:
        return next_message(s);
    case MAIL:
        recipient_of(s->number, recipient, sizeof recipient);
        s->phase = RCPT;
        return say(s, 0, "RCPT TO:<%s>\r\n", recipient);
    case RCPT:
        s->phase = DATA;
        return say(s, 0, "DATA\r\n");
    case DATA:
        return send_body(s);
    case BODY:
        if (is_good) latencies[ok++] = seconds() - s->started;
        return next_message(s);
    case QUIT:
        close(s->descriptor);
        live--;
        s->descriptor = -1;
        return;
    }
}

static void readable(struct session *s) {
    ssize_t got = recv(s->descriptor, s->input + s->input_length, sizeof s->input - s->input_length, 0);
    if (got <= 0) {
        if (got < 0 && errno == EAGAIN) {
            if (session_count > 1) return;
            fail("nothing happened for a minute; %ld of %ld done", ok, total);
        }
        fail("the server closed a session in phase %d", s->phase);
    }
    s->input_length += got;
    char *line = s->input, *end;
    while ((end = memchr(line, '\n', s->input + s->input_length - line))) {
        int is_last = end - line >= 4 && line[3] != '-';
        int code = atoi(line);
        line = end + 1;
        if (is_last) {
            replied(s, code);
            if (s->descriptor < 0) return;
        }
    }
    s->input_length -= line - s->input;
    memmove(s->input, line, s->input_length);
}

int main(int count, char **arguments) {
    int option;
    while ((option = getopt(count, arguments, "p:ls:n:z:u:t:f:m:")) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'l': is_lmtp = 1; break;
        case 's': session_count = atoi(optarg); break;
        case 'n': total = atol(optarg); break;
        case 'z': message_size = atol(optarg); break;
        case 'u': users = atoi(optarg); break;
        case 't': recipient_format = optarg; break;
        case 'f': sender = optarg; break;
        case 'm': message_file = optarg; break;
        default:
            fail("usage: smtpload -p PORT [-l] [-s SESSIONS] [-n MESSAGES] [-z OCTETS | -m FILE] [-u USERS] "
                 "[-t FORMAT] [-f SENDER]");
        }
    }
    if (message_file) read_body(); else make_body();
    latencies = calloc(total + 1, sizeof *latencies);
    poll_set = epoll_create1(0);
    struct sockaddr_in address = loopback(port);
    struct session *sessions = calloc(session_count, sizeof *sessions);
    double start = seconds();
    // One session waits in its read, as its client would; many are waited for together.
    int is_alone = session_count == 1;
    for (int i = 0; i < session_count; i++) {
        sessions[i].descriptor = loopback_socket(is_alone ? 0 : SOCK_NONBLOCK);
        sessions[i].part = 2;
        if (connect(sessions[i].descriptor, (void *)&address, sizeof address) && errno != EINPROGRESS)
            fail("connect: %s", strerror(errno));
        if (!is_alone) watch(&sessions[i], EPOLL_CTL_ADD, EPOLLIN);
        live++;
    }
    if (is_alone) {
        struct timeval patience = {.tv_sec = 60};
        setsockopt(sessions[0].descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        while (live > 0) readable(&sessions[0]);
    }
    struct epoll_event events[256];
    while (live > 0) {
        int ready = epoll_wait(poll_set, events, 256, 60000);
        if (ready == 0) fail("nothing happened for a minute; %ld of %ld done", ok, total);
        for (int i = 0; i < ready; i++) {
            struct session *s = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) flush(s);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) readable(s);
        }
    }
    double took = seconds() - start;
    qsort(latencies, ok, sizeof *latencies, by_value);
    printf("{\"ok\":%ld,\"failed\":%ld,\"seconds\":%.4f,\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", ok, failed,
           took, ok / took, quantile(latencies, ok, .5) * 1e3, quantile(latencies, ok, .99) * 1e3);
    return failed > 0;
}
