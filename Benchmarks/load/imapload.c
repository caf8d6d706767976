// imapload: times IMAP work, one thread a client.
//   imapload -p PORT commands MAILBOX COMMAND…     each command's time and octets, on one connection
//   imapload -p PORT [-c CLIENTS] [-n COUNT] login         log in, select, log out
//   imapload -p PORT [-c …] [-n …] [-z OCTETS] [-b BATCH] append MAILBOX
//   imapload -p PORT [-c …] [-n …] store MAILBOX           one flag of one message, on and off
// Users are u%03d from -u FIRST on, password pw (-f FORMAT, -w PASSWORD); -n is a multiple of BATCH.
// Prints one line of JSON.
#include "load.h"
#include <pthread.h>

static int port = 143, clients = 1, first_user = 0, batch = 1;
static long total = 100;
static size_t message_size = 4096;
static const char *user_format = "u%03d", *password = "pw", *mailbox = "INBOX";
static char *template;
static double *latencies;
static long done;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct connection {
    int descriptor;
    char *buffer;
    size_t start, end, size;
    int tag;
    size_t octets;
};

static void fill(struct connection *c) {
    if (c->start == c->end) c->start = c->end = 0;
    if (c->end == c->size) {
        if (c->start) {
            memmove(c->buffer, c->buffer + c->start, c->end - c->start);
            c->end -= c->start;
            c->start = 0;
        } else {
            c->buffer = realloc(c->buffer, c->size *= 2);
        }
    }
    ssize_t got = recv(c->descriptor, c->buffer + c->end, c->size - c->end, 0);
    if (got <= 0) fail(got ? "the server says nothing" : "the server closed the connection");
    c->end += got;
    c->octets += got;
}

// The next line, its end included; valid until the next call.
static char *line(struct connection *c, size_t *length) {
    size_t seen = 0;
    for (;;) {
        char *end = memchr(c->buffer + c->start + seen, '\n', c->end - c->start - seen);
        if (end) {
            char *begin = c->buffer + c->start;
            *length = end + 1 - begin;
            c->start += *length;
            return begin;
        }
        seen = c->end - c->start;
        fill(c);
    }
}

static void skip(struct connection *c, size_t count) {
    while (count) {
        if (c->start == c->end) fill(c);
        size_t part = c->end - c->start < count ? c->end - c->start : count;
        c->start += part;
        count -= part;
    }
}

static void put(struct connection *c, const char *bytes, size_t count) {
    while (count) {
        ssize_t sent = send(c->descriptor, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0) fail("send: %s", strerror(errno));
        bytes += sent;
        count -= sent;
    }
}

// Reads to the tagged answer, stepping over literals.
static void finish(struct connection *c, const char *what) {
    char tag[16];
    int tag_length = snprintf(tag, sizeof tag, "t%d ", c->tag);
    for (;;) {
        size_t length;
        char *text = line(c, &length);
        if (!strncmp(text, tag, tag_length)) {
            if (strncmp(text + tag_length, "OK", 2)) fail("%s: %.*s", what, (int)length, text);
            return;
        }
        if (length > 4 && text[length - 3] == '}') {
            char *open = memrchr(text, '{', length);
            if (open) skip(c, strtoul(open + 1, NULL, 10));
        }
    }
}

static void run(struct connection *c, const char *command) {
    char text[8192];
    int length = snprintf(text, sizeof text, "t%d %s\r\n", ++c->tag, command);
    put(c, text, length);
    finish(c, command);
}

static void open_connection(struct connection *c, int user) {
    c->descriptor = loopback_connection(port);
    if (!c->buffer) c->buffer = malloc(c->size = 1 << 16);
    c->start = c->end = c->tag = 0;
    size_t length;
    line(c, &length);
    char name[64], command[256];
    snprintf(name, sizeof name, user_format, user);
    snprintf(command, sizeof command, "LOGIN %s %s", name, password);
    run(c, command);
}

static long claim(long count) {
    pthread_mutex_lock(&lock);
    long mine = done;
    done += count;
    pthread_mutex_unlock(&lock);
    return mine < total ? mine : -1;
}

static void *login_client(void *argument) {
    struct connection c = {0};
    long mine;
    while ((mine = claim(1)) >= 0) {
        double start = seconds();
        open_connection(&c, first_user + mine % 50);
        run(&c, "SELECT INBOX");
        run(&c, "LOGOUT");
        close(c.descriptor);
        latencies[mine] = seconds() - start;
    }
    return argument;
}

// A message whose number, at two places of a fixed width, is set before each use.
static char *make_message(void) {
    char *message = malloc(message_size + 512);
    size_t length = sprintf(message,
        "From: Load <load@sender.test>\r\nTo: <user@martlet.test>\r\nSubject: needle00000000 of the load\r\n"
        "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nMessage-ID: <needle00000000@sender.test>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
    while (length + 2 < message_size) {
        message[length] = length % 72 == 71 ? '\n' : length % 72 == 70 ? '\r' : 'a' + length % 26;
        length++;
    }
    if (message[length - 1] == '\r') message[length - 1] = 'z';
    message[length] = '\r';
    message[length + 1] = '\n';
    message_size = length + 2;
    return message;
}

static void number_message(char *message, long number) {
    char digits[16];
    snprintf(digits, sizeof digits, "%08ld", number % 100000000);
    for (int i = 0; i < 2; i++) {
        message = strstr(message, "needle") + 6;
        memcpy(message, digits, 8);
    }
}

static void *append_client(void *argument) {
    int number = (int)(intptr_t)argument;
    struct connection c = {0};
    open_connection(&c, first_user + number);
    char *message = strdup(template), head[256];
    long mine;
    while ((mine = claim(batch)) >= 0) {
        double start = seconds();
        int length = snprintf(head, sizeof head, "t%d APPEND %s", ++c.tag, mailbox);
        put(&c, head, length);
        for (int i = 0; i < batch; i++) {
            number_message(message, mine + i);
            length = snprintf(head, sizeof head, " {%zu+}\r\n", message_size);
            put(&c, head, length);
            put(&c, message, message_size);
        }
        put(&c, "\r\n", 2);
        finish(&c, "APPEND");
        latencies[mine / batch] = seconds() - start;
    }
    free(message);
    return NULL;
}

static void *store_client(void *argument) {
    int number = (int)(intptr_t)argument;
    struct connection c = {0};
    open_connection(&c, first_user + number);
    char command[256];
    snprintf(command, sizeof command, "SELECT %s", mailbox);
    run(&c, command);
    long mine, round = 0;
    while ((mine = claim(1)) >= 0) {
        double start = seconds();
        long message = round / 2 % 50 + 1;
        snprintf(command, sizeof command, "STORE %ld %cFLAGS.SILENT (\\Flagged)", message, round % 2 ? '-' : '+');
        run(&c, command);
        latencies[mine] = seconds() - start;
        round++;
    }
    return NULL;
}

static void threads(void *(*body)(void *)) {
    pthread_t *all = calloc(clients, sizeof *all);
    latencies = calloc(total + batch, sizeof *latencies);
    double start = seconds();
    for (int i = 0; i < clients; i++) pthread_create(&all[i], NULL, body, (void *)(intptr_t)i);
    for (int i = 0; i < clients; i++) pthread_join(all[i], NULL);
    double took = seconds() - start;
    long answers = (total + batch - 1) / batch;
    qsort(latencies, answers, sizeof *latencies, by_value);
    printf("{\"count\":%ld,\"seconds\":%.4f,\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", total, took,
           total / took, quantile(latencies, answers, .5) * 1e3, quantile(latencies, answers, .99) * 1e3);
}

static void commands(int count, char **texts) {
    struct connection c = {0};
    open_connection(&c, first_user);
    char command[256];
    snprintf(command, sizeof command, "SELECT %s", mailbox);
    printf("[");
    for (int i = -1; i < count; i++) {
        const char *text = i < 0 ? command : texts[i];
        c.octets = 0;
        double start = seconds();
        run(&c, text);
        printf("%s{\"command\":%d,\"seconds\":%.6f,\"octets\":%zu}", i < 0 ? "" : ",", i, seconds() - start, c.octets);
    }
    printf("]\n");
}

int main(int count, char **arguments) {
    int option;
    while ((option = getopt(count, arguments, "+p:c:n:z:b:u:f:w:")) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': clients = atoi(optarg); break;
        case 'n': total = atol(optarg); break;
        case 'z': message_size = atol(optarg); break;
        case 'b': batch = atoi(optarg); break;
        case 'u': first_user = atoi(optarg); break;
        case 'f': user_format = optarg; break;
        case 'w': password = optarg; break;
        default: fail("see the head of imapload.c for its use");
        }
    }
    if (optind >= count) fail("see the head of imapload.c for its use");
    const char *mode = arguments[optind];
    if (optind + 1 < count) mailbox = arguments[optind + 1];
    if (!strcmp(mode, "login")) threads(login_client);
    else if (!strcmp(mode, "append")) {
        template = make_message();
        threads(append_client);
    } else if (!strcmp(mode, "store")) threads(store_client);
    else if (!strcmp(mode, "commands")) commands(count - optind - 2, arguments + optind + 2);
    else fail("see the head of imapload.c for its use");
    return 0;
}
