// `SQLITE_TRANSIENT` and friends are casts that Swift cannot import; callers pass explicit destructors instead.
#include <sqlite3.h>
#include <sys/types.h>

// `sqlite3_config` takes what its first argument wants, which Swift cannot call. SQLite counts no memory from then on;
// to be asked before anything else of SQLite.
static inline int sqlite_count_no_memory(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

// Writes what the system holds of a file to the disk and waits for it, without the promises of a sync: neither the
// file's size nor the disk's own memory is seen to. `fcntl.h` shows the call to GNU programs only.
extern int sync_file_range(int descriptor, __off64_t offset, __off64_t count, unsigned int flags);
static inline void sqlite_write_out(int descriptor) { sync_file_range(descriptor, 0, 0, 1 | 2 | 4); }

// `O_DIRECT`, which `fcntl.h` shows to GNU programs only.
#include <fcntl.h>
static const int sqlite_past_the_cache = __O_DIRECT;
