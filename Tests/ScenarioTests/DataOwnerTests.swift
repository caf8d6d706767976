import Foundation
import Testing

@Suite("owner of the data", .serialized)
struct DataOwnerTests {
    /// `nobody` on every system.
    private static let user: uid_t = 65_534

    @Test(
        "what root has a command do while no program runs is the owner's, so that the server can use it",
        .enabled(if: geteuid() == 0)
    )
    func commandsOfRoot() throws {
        try withProgram { program in
            let data = program.home + "/data"
            try self.makeEmpty(data)
            try program.martlet("domain", "add", "scenario.test")
            try program.martlet(["account", "add", "alice@scenario.test"], input: Program.password + "\n")
            let (status, output) = try program.run(["store", "backup", program.home + "/backup"])
            #expect(status != 0 && output.contains("Permission denied. It is made by Martlet's user"), "\(output)")
            let backup = data + "/backup"
            try program.martlet("store", "backup", backup)
            try self.expectOwned(data)

            let kept = program.home + "/kept"
            try FileManager.default.moveItem(atPath: backup, toPath: kept)
            #expect(unsafe chown(kept, 0, 0) == 0)
            try self.makeEmpty(data)
            try program.martlet("store", "restore", kept)
            try self.expectOwned(data)
            try program.expectSound()
            try self.expectOwned(data)
        }
    }

    @Test("who may not read the configuration or use the socket is told so", .enabled(if: geteuid() == 0))
    func commandsOfOthers() throws {
        try withProgram { program in
            try program.start()
            #expect(unsafe chmod(program.home, 0o755) == 0)
            for (mode, words) in [(0o644, "control.sock: Permission denied"), (0o600, "martlet.toml cannot be read")] {
                #expect(unsafe chmod(program.configurationPath, mode_t(mode)) == 0)
                let asOther = ["--reuid=\(Self.user)", "--clear-groups", program.installed, "status"]
                let (status, output) = try program.run(asOther, executable: "/usr/bin/setpriv")
                #expect(status != 0 && output.contains(words), "\(output)")
                #expect(output.contains("Call this as root"), "\(output)")
            }
        }
    }

    private func makeEmpty(_ folder: String) throws {
        try FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        #expect(unsafe chown(folder, Self.user, Self.user) == 0)
    }

    private func expectOwned(_ folder: String) throws {
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            let owner = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")[.ownerAccountID] as? Int
            #expect(owner == Int(Self.user), "\(path)")
        }
    }
}
