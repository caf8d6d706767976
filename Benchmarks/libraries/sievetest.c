// libsievetest: loaded into `sieve-test`, it has Pigeonhole's library run the compiled script again and again, with the
// message opened anew each time as each delivery has another, and says how long that took, its own process only.
//   LD_PRELOAD=libsievetest.so SIEVE_RUNS=N DOVECOT_PRESERVE_ENVS="LD_PRELOAD SIEVE_RUNS" sieve-test SCRIPT MESSAGE
// prints {"runs":…,"cpu":…,"seconds":…} at its end.
// Built by rows_sieve.py with the headers of dovecot-dev.
#define _GNU_SOURCE
#include <dovecot/config.h>
#include <dovecot/lib.h>
#include <dovecot/ostream.h>
#include <dovecot/ostream-null.h>
#include <dovecot/mail-storage.h>
#include <dovecot/sieve/sieve.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double clock_seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

typedef int test_function(struct sieve_binary *, const struct sieve_message_data *, const struct sieve_script_env *,
                          struct sieve_error_handler *, struct ostream *, enum sieve_execute_flags);

int sieve_test(struct sieve_binary *binary, const struct sieve_message_data *message,
               const struct sieve_script_env *environment, struct sieve_error_handler *errors, struct ostream *output,
               enum sieve_execute_flags flags) {
    test_function *real = (test_function *)dlsym(RTLD_NEXT, "sieve_test");
    // What the script comes to is shown once, for the reader to see that the right thing was measured.
    int result = real(binary, message, environment, errors, output, flags);
    const char *text = getenv("SIEVE_RUNS");
    long runs = text ? atol(text) : 1;
    struct ostream *nowhere = o_stream_create_null();
    double cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID), wall = clock_seconds(CLOCK_MONOTONIC);
    for (long run = 0; run < runs; run++) {
        struct mail *mail = mail_alloc(message->mail->transaction, 0, NULL);
        mail_set_seq(mail, message->mail->seq);
        struct sieve_message_data again = *message;
        again.mail = mail;
        T_BEGIN { real(binary, &again, environment, errors, nowhere, flags); } T_END;
        mail_free(&mail);
    }
    fprintf(stderr, "{\"runs\":%ld,\"cpu\":%.6f,\"seconds\":%.6f}\n", runs,
            clock_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, clock_seconds(CLOCK_MONOTONIC) - wall);
    o_stream_unref(&nowhere);
    return result;
}
