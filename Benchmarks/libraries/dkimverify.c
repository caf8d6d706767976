// dkimverify NAME RECORD MESSAGE RUNS: libopendkim verifies a message again and again, its key answered from memory.
// Prints {"runs":…,"cpu":…,"seconds":…,"result":…}. Built by rows_auth.py with the headers of libopendkim-dev.
#include <dkim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *record;

static double clock_seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static DKIM_CBSTAT look_up(DKIM *dkim, DKIM_SIGINFO *signature, unsigned char *buffer, size_t room) {
    (void)dkim;
    (void)signature;
    if (strlen(record) >= room) return DKIM_CBSTAT_ERROR;
    strcpy((char *)buffer, record);
    return DKIM_CBSTAT_CONTINUE;
}

static DKIM_STAT verify(DKIM_LIB *library, unsigned char *text, size_t octets) {
    DKIM_STAT status;
    DKIM *dkim = dkim_verify(library, (unsigned char *)"benchmark", NULL, &status);
    if (dkim == NULL) return status;
    status = dkim_chunk(dkim, text, octets);
    if (status == DKIM_STAT_OK) status = dkim_chunk(dkim, NULL, 0);
    if (status == DKIM_STAT_OK) status = dkim_eom(dkim, NULL);
    dkim_free(dkim);
    return status;
}

int main(int count, char **words) {
    if (count != 5) return 2;
    record = words[2];
    FILE *file = fopen(words[3], "rb");
    if (file == NULL) { perror(words[3]); return 2; }
    fseek(file, 0, SEEK_END);
    size_t octets = ftell(file);
    rewind(file);
    unsigned char *text = malloc(octets + 1);
    if (fread(text, 1, octets, file) != octets) { perror(words[3]); return 2; }
    long runs = atol(words[4]);
    DKIM_LIB *library = dkim_init(NULL, NULL);
    dkim_set_key_lookup(library, look_up);
    DKIM_STAT status = DKIM_STAT_OK;
    for (long run = 0; run <= runs / 20; run++) status = verify(library, text, octets);
    double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID), wall = clock_seconds(CLOCK_MONOTONIC);
    for (long run = 0; run < runs; run++) status = verify(library, text, octets);
    printf("{\"runs\":%ld,\"cpu\":%.6f,\"seconds\":%.6f,\"result\":\"%s\"}\n", runs,
           clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, clock_seconds(CLOCK_MONOTONIC) - wall,
           status == DKIM_STAT_OK ? "pass" : dkim_getresultstr(status));
    dkim_close(library);
    return 0;
}
