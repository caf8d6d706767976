import FuzzTargets
import Testing

/// What the fuzzers begin with and what they ever found, read by the ordinary tests too.
///
/// Each file is read in a process of its own, so that a trap is told with the file's name and the rest is read as well.
@Suite("fuzzers' inputs")
struct ReplayTests {
    @Test("a seed is read as its target demands", arguments: try FuzzFile.all(in: "Seeds"))
    func seeds(_ file: FuzzFile) async {
        await self.replay(file)
    }

    @Test("what was once found is not found again", arguments: try FuzzFile.all(in: "Failures"))
    func failures(_ file: FuzzFile) async {
        await self.replay(file)
    }

    private func replay(_ file: FuzzFile) async {
        await #expect(processExitsWith: .success, "\(file.path) makes a trap spring") { [file] in
            demand(file.target, try file.bytes())
        }
    }

    @Test("a target has seeds to begin with and words to put in", arguments: FuzzTarget.allCases)
    func targetsAreFurnished(_ target: FuzzTarget) throws {
        #expect(try FuzzFile.names(in: "Seeds/\(target)").count >= 5)
        #expect(try FuzzFile.names(in: "Dictionaries").contains("\(target).dict"))
    }

    @Test("a folder or dictionary belongs to a target", arguments: ["Seeds", "Failures", "Dictionaries"])
    func foldersNameTargets(_ kind: String) throws {
        let known = FuzzTarget.allCases.map { kind == "Dictionaries" ? "\($0).dict" : "\($0)" }
        let names = try FuzzFile.names(in: kind)
        #expect(!names.isEmpty)
        #expect(Set(names).subtracting(known).isEmpty)
    }
}
