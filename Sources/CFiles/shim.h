// What Linux does with files and `fcntl.h` shows to GNU programs only, declared here without it: two modules that both
// have its types are one too many for Swift.

// Promises nothing as a sync does: neither the file's size nor the disk's own memory is seen to.
extern int sync_file_range(int descriptor, long offset, long count, unsigned int flags);

// Has the disk begin with what the system holds of these octets of a file.
static inline void files_begin_writing_out(int descriptor, long offset, long count) {
    sync_file_range(descriptor, offset, count, 2);
}

// Writes what the system holds of a file to the disk and waits for it. When that fails the system has told of it, and a
// sync by the same descriptor will not do so once more.
static inline int files_write_out(int descriptor) { return sync_file_range(descriptor, 0, 0, 1 | 2 | 4); }
