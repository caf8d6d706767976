/*
 * Signs or verifies messages with libopendkim, a file a message, a line of output each.
 *
 *   libopendkim verify KEYS FILE...                           "FILE<tab>what was found"
 *   libopendkim sign KEY DOMAIN SELECTOR FORM FILE...          writes FILE.signature
 *
 * KEYS has lines of a name and its record. FORM is `relaxed` or `simple`, for header and body.
 */
#include <dkim.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char *read_all(const char *path, size_t *octets) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) { perror(path); exit(2); }
    fseek(file, 0, SEEK_END);
    *octets = ftell(file);
    rewind(file);
    unsigned char *text = calloc(1, *octets + 1);
    if (fread(text, 1, *octets, file) != *octets) { perror(path); exit(2); }
    fclose(file);
    return text;
}

static DKIM_STAT feed(DKIM *dkim, const char *path) {
    size_t octets;
    unsigned char *text = read_all(path, &octets);
    DKIM_STAT status = dkim_chunk(dkim, text, octets);
    if (status == DKIM_STAT_OK) status = dkim_chunk(dkim, NULL, 0);
    if (status == DKIM_STAT_OK) status = dkim_eom(dkim, NULL);
    free(text);
    return status;
}

static void verify(DKIM_LIB *library, const char *path) {
    DKIM_STAT status;
    DKIM *dkim = dkim_verify(library, (unsigned char *) "interop", NULL, &status);
    if (dkim != NULL) status = feed(dkim, path);
    const char *detail = "";
    DKIM_SIGINFO *signature = dkim == NULL ? NULL : dkim_getsignature(dkim);
    if (signature != NULL) detail = dkim_sig_geterrorstr(dkim_sig_geterror(signature));
    printf("%s\t%s\t%s\n", path, status == DKIM_STAT_OK ? "pass" : dkim_getresultstr(status), detail);
    if (dkim != NULL) dkim_free(dkim);
}

static void sign(DKIM_LIB *library, char **words, const char *path) {
    DKIM_STAT status;
    size_t octets;
    unsigned char *key = read_all(words[0], &octets), *field;
    dkim_canon_t form = strcmp(words[3], "simple") == 0 ? DKIM_CANON_SIMPLE : DKIM_CANON_RELAXED;
    DKIM *dkim = dkim_sign(library, (unsigned char *) "interop", NULL, key, (unsigned char *) words[2],
        (unsigned char *) words[1], form, form, DKIM_SIGN_RSASHA256, -1, &status);
    if (dkim != NULL) status = feed(dkim, path);
    if (status == DKIM_STAT_OK)
        status = dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, &field, &octets);
    printf("%s\t%s\n", path, dkim_getresultstr(status));
    if (status == DKIM_STAT_OK) {
        char name[4096];
        snprintf(name, sizeof name, "%s.signature", path);
        FILE *file = fopen(name, "wb");
        fprintf(file, "%s: %s\r\n", DKIM_SIGNHEADER, field);
        fclose(file);
    }
    if (dkim != NULL) dkim_free(dkim);
    free(key);
}

int main(int count, char **words) {
    DKIM_LIB *library = dkim_init(NULL, NULL);
    if (count > 3 && strcmp(words[1], "verify") == 0) {
        dkim_query_t method = DKIM_QUERY_FILE;
        dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYMETHOD, &method, sizeof method);
        dkim_options(library, DKIM_OP_SETOPT, DKIM_OPTS_QUERYINFO, words[2], strlen(words[2]));
        for (int index = 3; index < count; index++) verify(library, words[index]);
    } else if (count > 6 && strcmp(words[1], "sign") == 0) {
        for (int index = 6; index < count; index++) sign(library, words + 2, words[index]);
    } else {
        return 2;
    }
    dkim_close(library);
    return 0;
}
