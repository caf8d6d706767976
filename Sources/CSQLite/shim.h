// `SQLITE_TRANSIENT` and friends are casts that Swift cannot import; callers pass explicit destructors instead.
#include <fcntl.h>
#include <sqlite3.h>

// `sqlite3_config` takes what its first argument wants, which Swift cannot call. SQLite counts no memory from then on;
// to be asked before anything else of SQLite.
static inline int sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// A connection that is closed leaves the write-ahead log as it is. Swift cannot call this either.
static inline void sqlite_keep_log(sqlite3 *database) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

// `O_DIRECT`, which `fcntl.h` shows to GNU programs only.
static const int sqlite_past_the_cache = __O_DIRECT;
