import Foundation
import MailTesting
import SieveLanguage
import Testing

/// Tests in the test language that the project keeps outside its tree: unpacked at MARTLET_SIEVE_CORPUS, or packed in
/// `../shared/corpus`.
enum SvtestCorpus: SieveTestFilesFolder {
    static let folder: URL? = {
        if let path = ProcessInfo.processInfo.environment["MARTLET_SIEVE_CORPUS"] { return URL(fileURLWithPath: path) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let archive = root.deletingLastPathComponent().appendingPathComponent("shared/corpus/sieve-svtests.tar.xz")
        guard FileManager.default.fileExists(atPath: archive.path) else {
            print("skipped: no Sieve tests; set MARTLET_SIEVE_CORPUS or put \(archive.path) there")
            return nil
        }
        let target = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-svtests-\(getpid())")
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            _ = try TestTool.run("tar", package: "tar", ["-xJf", archive.path, "-C", target.path])
            return target
        } catch {
            print("skipped: tar cannot be run: \(error)")
            return nil
        }
    }()
}

protocol SieveTestFilesFolder {
    static var folder: URL? { get }
}

extension SieveTestFilesFolder {
    static var isPresent: Bool { Self.folder != nil }

    /// Paths below the folder, those of `.in` files included: their lines for builds without UTF-8 addresses
    /// are comments.
    static func files(where accepts: (String) -> Bool) -> [String] {
        guard let folder = Self.folder, let names = FileManager.default.enumerator(atPath: folder.path) else {
            return []
        }
        return names.compactMap { $0 as? String }.filter { $0.hasSuffix(".svtest") || $0.hasSuffix(".svtest.in") }
            .filter(accepts).sorted()
    }
}

struct FolderFiles: SieveTestFiles {
    let folder: URL

    func read(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: self.folder.appendingPathComponent(path))).map { [UInt8]($0) }
    }
}

@Suite("base tests in the test language", .enabled(if: SvtestCorpus.isPresent))
struct SvtestCorpusTests {
    /// All files are run once.
    private static let reports: [String: SieveTestReport] = {
        guard let folder = SvtestCorpus.folder else { return [:] }
        let runner = SieveTestRunner(files: FolderFiles(folder: folder), now: fixedTime)
        let files = SvtestCorpus.files { _ in true }
        return Dictionary(uniqueKeysWithValues: files.map { ($0, runner.run($0)) })
    }()

    private static func run(_ path: String) throws -> SieveTestReport {
        try #require(Self.reports[path])
    }

    @Test("every test passes", .timeLimit(.minutes(2)), arguments: SvtestCorpus.files { !$0.contains("/failures/") })
    func passes(_ path: String) throws {
        let report = try Self.run(path)
        #expect(report.faults == [], "\(path)")
        for entry in report.entries {
            if case .failed(let reason) = entry.outcome { Issue.record("\(path): \(entry.name): \(reason)") }
        }
        // Only the scripts of examples are missing from the set.
        #expect(report.skipped == 0 || path.hasSuffix("execute/examples.svtest"), "\(path)")
        #expect(report.passed + report.skipped > 0, "\(path)")
    }

    @Test(
        "what is wrong on purpose fails and harms nobody",
        arguments: SvtestCorpus.files { $0.contains("/failures/") }
    )
    func fails(_ path: String) throws {
        #expect(try Self.run(path).failed > 0)
    }

    @Test("the set is whole")
    func isWhole() throws {
        var (passed, failed, skipped) = (0, 0, 0)
        for path in SvtestCorpus.files(where: { !$0.contains("/failures/") }) {
            let report = try Self.run(path)
            (passed, failed, skipped) = (passed + report.passed, failed + report.failed, skipped + report.skipped)
        }
        #expect(passed == 142)
        #expect(failed == 0)
        #expect(skipped == 10)
    }
}
