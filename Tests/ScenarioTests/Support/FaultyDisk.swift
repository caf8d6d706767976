import Foundation
import MailTesting
import Testing

/// A library that makes a program's syncs fail as a broken disk does, for whoever has a C compiler.
struct FaultyDisk {
    let library: String
    private let switchPath: String

    /// Fails the sync of each file whose path has in it what the file named by the environment holds.
    private static let source = #"""
        #include <errno.h>
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        int fdatasync(int fd) {
            const char *path = getenv("FAULTY_DISK");
            char wanted[256] = {0}, name[4096] = {0}, link[64];
            int control = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (control >= 0) {
                ssize_t count = read(control, wanted, sizeof wanted - 1);
                close(control);
                snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
                if (count > 0 && readlink(link, name, sizeof name - 1) > 0 && strstr(name, wanted)) {
                    errno = EIO;
                    return -1;
                }
            }
            return (int)syscall(SYS_fdatasync, fd);
        }
        """#

    /// `nil` without a compiler.
    init?(in folder: String) throws {
        self.library = "\(folder)/faulty-disk.so"
        self.switchPath = "\(folder)/faulty-disk"
        let source = "\(folder)/faulty-disk.c"
        try Self.source.write(toFile: source, atomically: true, encoding: .utf8)
        for compiler in ["clang", "cc", "gcc"] {
            let command = ["/usr/bin/env", compiler, "-shared", "-fPIC", "-o", self.library, source]
            if try ChildProcess(command, output: .nothing, errors: .nothing).wait() == 0 { return }
        }
        print("skipped: a faulty disk needs a C compiler")
        return nil
    }

    /// For the environment of the program.
    var environment: [String] { ["LD_PRELOAD=\(self.library)", "FAULTY_DISK=\(self.switchPath)"] }

    func fail(syncsOf name: String) throws {
        try name.write(toFile: self.switchPath, atomically: true, encoding: .utf8)
    }

    func mend() throws {
        try FileManager.default.removeItem(atPath: self.switchPath)
    }
}
