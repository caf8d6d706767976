// popload -p PORT [-u USER] [-d DEPTH]: reads a whole POP3 maildrop, DEPTH commands in flight, and deletes nothing.
// Prints one line of JSON: {"count":…,"octets":…,"login":…,"retrieve":…,"seconds":…}.
#include "load.h"

static int descriptor;
static char buffer[1 << 18];
static size_t begin, end;

static void fill(void) {
    ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
    if (got <= 0) fail(got ? "the server says nothing" : "the server closed the connection");
    begin = 0;
    end = got;
}

static void put(const char *text, size_t length) {
    while (length) {
        ssize_t sent = send(descriptor, text, length, MSG_NOSIGNAL);
        if (sent <= 0) fail("send: %s", strerror(errno));
        text += sent;
        length -= sent;
    }
}

// The first line of an answer.
static void status(char *text, size_t size) {
    size_t length = 0;
    for (;;) {
        if (begin == end) fill();
        char byte = buffer[begin++];
        if (length + 1 < size) text[length++] = byte;
        if (byte == '\n') break;
    }
    text[length] = 0;
    if (text[0] != '+') fail("refused: %s", text);
}

// Steps over the lines of an answer up to the lone dot; returns the octets before it.
static size_t skip_lines(void) {
    static const char stop[] = "\r\n.\r\n";
    size_t octets = 0;
    int matched = 2;
    for (;;) {
        if (begin == end) fill();
        if (!matched) {
            char *next = memchr(buffer + begin, '\r', end - begin);
            octets += (next ? next : buffer + end) - (buffer + begin);
            begin = next ? (size_t)(next - buffer) : end;
            if (!next) continue;
        }
        char byte = buffer[begin++];
        octets++;
        matched = byte == stop[matched] ? matched + 1 : byte == '\r' ? 1 : 0;
        if (matched == 5) return octets - 3;
    }
}

static void ask(const char *format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    put(text, length);
}

// Asks for messages first to last in one write.
static void retrieve(long first, long last) {
    char text[8192];
    int length = 0;
    for (long i = first; i <= last; i++) length += snprintf(text + length, sizeof text - length, "RETR %ld\r\n", i);
    put(text, length);
}

int main(int count, char **arguments) {
    int option, port = 110, depth = 1;
    const char *user = "u000", *password = "pw";
    while ((option = getopt(count, arguments, "p:u:w:d:")) != -1) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'u': user = optarg; break;
        case 'w': password = optarg; break;
        case 'd': depth = atoi(optarg); break;
        default: fail("usage: popload -p PORT [-u USER] [-w PASSWORD] [-d DEPTH]");
        }
    }
    if (depth < 1 || depth > 256) fail("DEPTH is 1 to 256");
    double start = seconds();
    descriptor = loopback_connection(port);
    char text[512];
    status(text, sizeof text);
    ask("USER %s\r\n", user);
    status(text, sizeof text);
    ask("PASS %s\r\n", password);
    status(text, sizeof text);
    ask("STAT\r\n");
    status(text, sizeof text);
    long messages = strtol(text + 3, NULL, 10), asked = messages < depth ? messages : depth;
    double logged_in = seconds();
    size_t octets = 0;
    if (asked) retrieve(1, asked);
    for (long i = 1; i <= messages; i++) {
        status(text, sizeof text);
        octets += skip_lines();
        if (asked < messages) {
            asked++;
            retrieve(asked, asked);
        }
    }
    double retrieved = seconds();
    ask("QUIT\r\n");
    status(text, sizeof text);
    printf("{\"count\":%ld,\"octets\":%zu,\"login\":%.4f,\"retrieve\":%.4f,\"seconds\":%.4f}\n", messages, octets,
           logged_in - start, retrieved - logged_in, seconds() - start);
    return 0;
}
