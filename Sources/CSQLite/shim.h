// `SQLITE_TRANSIENT` and friends are casts that Swift cannot import; callers pass explicit destructors instead.
#include <sqlite3.h>
